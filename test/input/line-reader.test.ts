import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from '../../src/input/line-reader.ts'
import { pieceSizes, sourceOf } from './support.ts'

interface Lines {
  lines: string[]
  tooLong: string[]
  idles: number
}

async function split(
  input: Buffer,
  {
    delimiter = '\n',
    max = 1000,
    sizes = [1e6],
    stopAt = Infinity,
  }: { delimiter?: string; max?: number; sizes?: number[]; stopAt?: number } = {},
): Promise<Lines> {
  const got: Lines = { lines: [], tooLong: [], idles: 0 }
  const reader = new LineReader({ delimiter: Buffer.from(delimiter, 'latin1'), maxLineBytes: max })
  await reader.read(
    sourceOf(input, sizes),
    {
      line: (bytes, start, end) => got.lines.push(bytes.toString('latin1', start, end)) < stopAt,
      tooLong: (bytes) => got.tooLong.push(bytes.toString('latin1')) > 0,
      idle: async () => void got.idles++,
      progressed: async () => {},
    },
    new AbortController().signal,
  )
  return got
}

/** What a user would call the records: no record after a delimiter at the very end. */
function expected(text: string, delimiter: string): string[] {
  const parts = text.split(delimiter)
  if (parts.at(-1) === '') parts.pop()
  return parts
}

const fewLetters = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', ';'), maxLength: 80 })

test('lines are what split() makes of the text, however it is cut into reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fewLetters,
      fc.constantFrom('\n', '\r\n', ';', 'ab', 'aa', 'aab', '\0'),
      pieceSizes,
      async (text, delimiter, sizes) => {
        expect((await split(Buffer.from(text), { delimiter, sizes })).lines).toEqual(expected(text, delimiter))
      },
    ),
    { numRuns: 500 },
  )
})

test('bytes are kept as they are: carriage returns, zeros, what is not UTF-8', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), pieceSizes, async (bytes, sizes) => {
      const text = Buffer.from(bytes).toString('latin1')
      expect((await split(Buffer.from(bytes), { sizes })).lines).toEqual(expected(text, '\n'))
    }),
  )
  expect((await split(Buffer.from('a\r\n\n\r\nb'))).lines).toEqual(['a\r', '', '\r', 'b'])
})

test('a line over the limit is reported once with how it begins, and the lines around it come through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 }),
      fc.constantFrom('\n', '<>', '\r\n'),
      pieceSizes,
      async (lengths, delimiter, sizes) => {
        const lines = lengths.map((length, index) => String.fromCharCode(97 + index).repeat(length))
        const got = await split(Buffer.from(lines.map((line) => line + delimiter).join('')), { delimiter, sizes, max: 10 })
        expect(got.lines).toEqual(lines.filter((line) => line.length <= 10))
        const long = lines.filter((line) => line.length > 10)
        expect(got.tooLong.map((line) => line[0])).toEqual(long.map((line) => line[0]))
      },
    ),
  )
})

test('a line of many megabytes over the limit is never held in memory', async () => {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  let left = 200
  const piece = Buffer.alloc(1 << 20, 'x')
  const reader = new LineReader({ delimiter: Buffer.from('\n'), maxLineBytes: 1 << 20 })
  const lines: number[] = []
  await reader.read(
    {
      name: 'endless',
      size: null,
      read(into, offset, length) {
        most = Math.max(most, process.memoryUsage().arrayBuffers)
        if (left-- > 0) return piece.copy(into, offset, 0, length)
        return left === -1 ? into.write('\nend\n', offset) : 0
      },
      close() {},
    },
    {
      line: (_bytes, start, end) => lines.push(end - start) > 0,
      tooLong: (bytes) => lines.push(-Math.sign(bytes.length)) > 0,
      idle: async () => {},
      progressed: async () => {},
    },
    new AbortController().signal,
  )
  expect(lines).toEqual([-1, 3])
  expect(most - before).toBeLessThan(16 << 20)
})

test('a line longer than the buffer comes whole', async () => {
  const long = Buffer.alloc(3_000_000, 'y')
  const got = await split(Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\nb')]), { max: 4_000_000, sizes: [70_000, 1, 300_000] })
  expect(got.lines.map((line) => line.length)).toEqual([1, 3_000_000, 1])
})

test('the handler stops the reading', async () => {
  expect((await split(Buffer.from('a\nb\nc\n'), { stopAt: 2 })).lines).toEqual(['a', 'b'])
})

test('what came is handed over before more is waited for', async () => {
  const events: string[] = []
  const input = ['a\nb', '\nc\n', '']
  await new LineReader({ delimiter: Buffer.from('\n'), maxLineBytes: 100 }).read(
    {
      name: 'slow',
      size: null,
      read: (into, offset) => Promise.resolve().then(() => into.write(input.shift() as string, offset)),
      close() {},
    },
    {
      line: (bytes, start, end) => events.push(bytes.toString('utf8', start, end)) > 0,
      tooLong: () => true,
      idle: async () => void events.push('idle'),
      progressed: async () => {},
    },
    new AbortController().signal,
  )
  expect(events).toEqual(['idle', 'a', 'idle', 'b', 'c', 'idle'])
})

test('an abort while waiting ends the reading, without taking half a line for a whole one', async () => {
  const abort = new AbortController()
  const lines: string[] = []
  let reads = 0
  await new LineReader({ delimiter: Buffer.from('\n'), maxLineBytes: 100 }).read(
    {
      name: 'silent',
      size: null,
      read: (into, offset) => (reads++ === 0 ? into.write('a\nhalf', offset) : new Promise(() => setImmediate(() => abort.abort()))),
      close() {},
    },
    {
      line: (bytes, start, end) => lines.push(bytes.toString('utf8', start, end)) > 0,
      tooLong: () => true,
      idle: async () => {},
      progressed: async () => {},
    },
    abort.signal,
  )
  expect(lines).toEqual(['a'])
})
