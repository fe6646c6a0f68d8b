// Bytes to compress: what each kind does to a codec differs.

/** Order events, one JSON object a line: short matches and literals in turn. fixtures/compression holds the first 100,000 bytes, compressed. */
export function orderEvents(length: number): Buffer {
  const lines: string[] = []
  for (let index = 0, bytes = 0; bytes < length; index++) {
    const line = `{"orderId":"o-${1_000_000 + index}","customer":"c-${(index * 7919) % 500}","amount":${(index * 31) % 1000},"status":"paid"}\n`
    lines.push(line)
    bytes += line.length
  }
  return Buffer.from(lines.join('')).subarray(0, length)
}

/** Bytes that do not compress. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    bytes[index] = state >>> 16
  }
  return bytes
}

/** A short pattern over and over: matches that overlap themselves. */
export function pattern(length: number, period: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index % period) * 31))
}

/** Noise and repetitions of earlier bytes from near and far in turn. */
export function patchwork(length: number, seed = 1): Buffer {
  const bytes = noise(length, seed)
  const choices = noise(length, seed + 1)
  for (let at = 100, turn = 0; at < length; turn++) {
    const distance = 1 + (((choices[turn] as number) * (choices[turn + 1] as number)) % at)
    const count = (choices[turn + 2] as number) % 90
    for (const end = Math.min(at + count, length); at < end; at++) bytes[at] = bytes[at - distance] as number
    at += 1 + ((choices[turn + 3] as number) % 40)
  }
  return bytes
}
