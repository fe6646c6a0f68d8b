// Whatever is wrong with a file, a dump of it ends, and every line of it is one.
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dump } from '../../src/operations/log/dump/dump.ts'
import { DumpWriter } from '../../src/output/dump-writer.ts'
import { Slab } from '../../src/output/slab.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MAX_BYTES = 20_000
const schema = readSchema('log-dump')

/** One file of each kind in each folder. */
function samples(root: string): string[] {
  const files = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => {
    const stat = fs.statSync(path.join(root, file))
    return stat.isFile() && stat.size > 0 && stat.size < MAX_BYTES && !/delete/.test(file)
  })
  return [...new Map(files.map((file) => [`${path.dirname(file)}${path.extname(file)}`, file])).values()]
}

const harm = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at: fc.nat(MAX_BYTES), by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut'), at: fc.nat(MAX_BYTES), by: fc.constant(0) }),
  fc.record({ kind: fc.constant('zero'), at: fc.nat(MAX_BYTES), by: fc.integer({ min: 1, max: 500 }) }),
)

function harmed(bytes: Buffer, { kind, at, by }: { kind: string; at: number; by: number }): Buffer {
  if (bytes.length === 0) return bytes
  const position = at % bytes.length
  if (kind === 'cut') return bytes.subarray(0, position)
  if (kind === 'zero') return bytes.fill(0, position, Math.min(bytes.length, position + by))
  bytes[position] = (bytes[position] as number) ^ by
  return bytes
}

function textOf(root: string): string {
  const slab = new Slab()
  const writer = new DumpWriter()
  const options = { files: realFiles, root, workingDirectory: '/', names: [], partitions: null, offsets: null, onSkip: () => {} }
  for (const item of dump({ ...options, withRecords: true, isDecoding: true, maxItems: Number.POSITIVE_INFINITY })) writer.write(item, slab)
  return slab.bytes.toString('utf8', 0, slab.length)
}

describe.skipIf(fixturesMissing)('files damaged at random', () => {
  test('are dumped to their end, in lines that are as the schema says', () => {
    const source = fixture('groups')
    const files = samples(source)
    expect(files.length).toBeGreaterThan(40)
    const directory = temporaryDirectory()
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(harm, { minLength: 1, maxLength: 4 }), (file, harms) => {
        const root = fs.mkdtempSync(path.join(directory, 'data-'))
        const target = path.join(root, file)
        fs.mkdirSync(path.dirname(target), { recursive: true })
        fs.writeFileSync(target, harms.reduce(harmed, fs.readFileSync(path.join(source, file))))
        const lines = textOf(root).split('\n').slice(0, -1)
        expect(lines.flatMap((line) => schemaErrors(schema, JSON.parse(line)))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
