import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchBuilder, type Lines } from '../../src/record/batch-builder.ts'
import { recordKernel } from '../../src/record/kernel/record-kernel.ts'

// It is made when there is enough work for it.
recordKernel(Number.MAX_SAFE_INTEGER)

const NO_KEY = Buffer.alloc(0)
const NEWLINE = 0x0a

/** Batches of the lines, each appended by itself; the last one, without a newline, is left out. */
function oneByOne(bytes: Buffer, times: readonly number[], options: { batchBytes: number; slabBytes: number }): Buffer[] {
  return build(bytes, times, options, () => {})
}

/** The same with what `appendLines` takes, and the rest by itself. */
function manyAtOnce(bytes: Buffer, times: readonly number[], options: { batchBytes: number; slabBytes: number }): Buffer[] {
  return build(bytes, times, options, (builder, lines, time) => builder.appendLines(time, lines))
}

function build(
  bytes: Buffer,
  times: readonly number[],
  options: { batchBytes: number; slabBytes: number },
  take: (builder: BatchBuilder, lines: Lines, time: number) => void,
): Buffer[] {
  const builder = new BatchBuilder({ ...options, codec: 0 })
  const lines: Lines = { bytes, delimiter: NEWLINE, at: 0, end: bytes.length, count: 0 }
  const built: Buffer[] = []
  // The time changes in the middle.
  for (const [index, time] of times.entries()) {
    lines.end = index === times.length - 1 ? bytes.length : bytes.length >> 1
    for (;;) {
      take(builder, lines, time)
      const end = bytes.indexOf(NEWLINE, lines.at)
      if (end < 0 || end >= lines.end) break
      while (!builder.append(time, NO_KEY, -1, -1, bytes, lines.at, end, null)) built.push(Buffer.from(builder.build()))
      lines.at = end + 1
    }
  }
  if (builder.recordCount > 0) built.push(Buffer.from(builder.build()))
  return built
}

const line = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1000, maxLength: 5000 }) },
)

test('lines taken at once make the batches that they make one by one, byte for byte', () => {
  const time = fc.integer({ min: -(2 ** 40), max: 2 ** 53 - 1 })
  const sizes = fc.record({ batchBytes: fc.integer({ min: 200, max: 4000 }), slabBytes: fc.integer({ min: 200, max: 12_000 }) })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.array(time, { minLength: 1, maxLength: 2 }), sizes, (values, times, options) => {
      const bytes = Buffer.concat(values.flatMap((value) => [Buffer.from(value), Buffer.from('\n')]))
      expect(manyAtOnce(bytes, times, options)).toEqual(oneByOne(bytes, times, options))
    }),
  )
})

test('lines taken at once are counted, and those without an end are left', () => {
  const builder = new BatchBuilder({ batchBytes: 1000, codec: 0 })
  const bytes = Buffer.from('first\nsecond\n\nthird\nno end')
  const lines: Lines = {
    bytes,
    delimiter: NEWLINE,
    at: 6,
    end: 26,
    count: 0,
  }
  builder.append(0, NO_KEY, -1, -1, bytes, 0, 5, null)
  builder.appendLines(0, lines)
  expect(lines).toMatchObject({ count: 3, at: 20 })
  expect(builder.recordCount).toBe(4)
})
