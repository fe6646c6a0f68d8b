// How fast the byte layer is, in MB/s of uncompressed bytes by processor time, beside what bounds it: copying memory, and node:zlib.
//
//   node bench/bytes.ts [NAME …]      only the rows whose name has one of the words
import zlib from 'node:zlib'
import { CODEC_NAMES, OutputBuffer, compress, decompress } from '../src/bytes/compression/index.ts'
import { crc32c, crc32cPortable } from '../src/bytes/crc32c.ts'
import { murmur2 } from '../src/bytes/murmur2.ts'
import { readVarint, writeVarint, writeVarlongExact } from '../src/bytes/varint.ts'

const BATCH_BYTES = 64 * 1024
const ROUNDS = 7
const MS_PER_ROUND = 60
const words = process.argv.slice(2)

/** Order events of about 123 bytes, one JSON object a line, and bytes that do not compress. */
function orderEvents(): Buffer {
  const lines: string[] = []
  for (let index = 0, bytes = 0; bytes < BATCH_BYTES; index++) {
    const customer = (Math.imul(index, 0x9e3779b1) >>> 0) % 50_000
    const event = {
      orderId: `o-${1_000_000 + index}`,
      customerId: `c-${customer}`,
      amount: (customer * 31) / 100,
      currency: 'EUR',
      items: index % 9,
    }
    lines.push(JSON.stringify({ ...event, status: index % 3 === 0 ? 'paid' : 'created', ts: 1742480591000 + index * 17 }))
    bytes += (lines.at(-1) as string).length + 1
  }
  return Buffer.from(lines.join('\n')).subarray(0, BATCH_BYTES)
}

function noise(): Buffer {
  let state = 1
  return Buffer.from(Array.from({ length: BATCH_BYTES }, () => (state = (Math.imul(state, 1103515245) + 12345) | 0) >>> 16))
}

/** Processor time: what others do on the machine matters less. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The best of some rounds: `bytes` is what one call works through. */
function row(name: string, bytes: number, run: () => unknown, note = ''): void {
  if (words.length > 0 && !words.some((word) => name.includes(word))) return
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs()
    let calls = 0
    let elapsed = 0
    for (; elapsed < MS_PER_ROUND; elapsed = cpuMs() - start) {
      for (let call = 0; call < 10; call++) run()
      calls += 10
    }
    best = Math.max(best, (calls * bytes) / elapsed / 1000)
  }
  process.stdout.write(`${name.padEnd(34)}${best.toFixed(0).padStart(8)} MB/s  ${note}\n`)
}

const events = orderEvents()
const target = Buffer.alloc(BATCH_BYTES)
row('memory copy, 64 KiB', BATCH_BYTES, () => events.copy(target))
row('crc32c, 64 KiB', BATCH_BYTES, () => crc32c(events))
row('crc32c portable, 64 KiB', BATCH_BYTES, () => crc32cPortable(events, 0, BATCH_BYTES))
row('crc32c, 100 bytes', 100 * 500, () => {
  for (let at = 0; at < 50_000; at += 100) crc32c(events, at, at + 100)
})
row('murmur2, 10 bytes', 10 * 5000, () => {
  for (let at = 0; at < 50_000; at += 10) murmur2(events, at, at + 10)
})

const deltas = Array.from({ length: 10_000 }, (_, index) => index * 37)
const exact = deltas.map((delta) => BigInt(delta) << 20n)
const varints = Buffer.alloc(100_000)
let end = 0
const writeAll = (): void => {
  end = 0
  for (const delta of deltas) end = writeVarint(varints, end, delta)
}
writeAll()
row('varint write', end, writeAll, 'of encoded bytes')
row('varint read', end, () => {
  const position = { at: 0 }
  while (position.at < end) readVarint(varints, position)
})
row('varlong write, bigint', end, () => exact.reduce((at, value) => writeVarlongExact(varints, at, value), 0))

for (const [kind, input] of [
  ['events', events],
  ['noise', noise()],
] as const) {
  for (let codec = 1; codec < CODEC_NAMES.length; codec++) {
    const compressed = compress(codec, input)
    const ratio = `ratio ${(input.length / compressed.length).toFixed(2)}`
    const output = new OutputBuffer()
    row(`${CODEC_NAMES[codec]} compress ${kind}`, input.length, () => compress(codec, input, undefined, output), ratio)
    row(`${CODEC_NAMES[codec]} decompress ${kind}`, input.length, () => decompress(codec, compressed, BATCH_BYTES, output))
  }
}
const deflated = zlib.deflateRawSync(events, { level: 1 })
row('node:zlib raw deflate 1 events', BATCH_BYTES, () => zlib.deflateRawSync(events, { level: 1 }))
row('node:zlib raw inflate events', BATCH_BYTES, () => zlib.inflateRawSync(deflated))
