import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CHECKPOINT_FILES,
  type CheckpointKind,
  formatCheckpoint,
  parseCheckpoint,
  readCheckpoint,
  updateCheckpoint,
  updateCheckpointDurably,
} from '../../src/log/checkpoint-files.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { PowerLoss } from '../simulation/faults.ts'

const INT64_MAX = 2n ** 63n - 1n

const checkpointArbitrary = fc
  .array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/), fc.nat(), fc.bigInt(0n, INT64_MAX)))
  .map((entries) => new Map(entries.map(([topic, partition, offset]) => [`${topic}-${partition}`, offset] as const)))

describe('a checkpoint', () => {
  test('comes back as it was written, topics with dashes and all', () => {
    fc.assert(
      fc.property(checkpointArbitrary, (offsets) => {
        expect(parseCheckpoint(formatCheckpoint(offsets))).toEqual(offsets)
      }),
    )
  })

  test('is the text that Kafka writes', () => {
    const offsets = new Map([
      ['a-b.c-0', 218n],
      ['orders-12', INT64_MAX],
    ])
    expect(formatCheckpoint(offsets)).toBe(`0\n2\na-b.c 0 218\norders 12 ${INT64_MAX}\n`)
    expect(formatCheckpoint(new Map())).toBe('0\n0\n')
  })

  test('torn at any byte is none', () => {
    fc.assert(
      fc.property(checkpointArbitrary, (offsets) => {
        const text = formatCheckpoint(offsets)
        for (let length = 0; length < text.length; length++) expect(parseCheckpoint(text.slice(0, length))).toBeNull()
      }),
      { numRuns: 20 },
    )
  })

  test.for([
    '',
    '0',
    '1\n0\n',
    '0\nx\n',
    '0\n2\na 0 1\n',
    '0\n1\na 0 1\nb 0 1\n',
    '0\n1\na 0\n',
    '0\n1\na 0 -1\n',
    '0\n1\na 0 9223372036854775808\n',
    '0\n2\na 0 1\na 0 2\n',
  ])('%j is none', (text) => {
    expect(parseCheckpoint(text)).toBeNull()
  })

  test('of any text is one or none, never a failure', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCheckpoint(text)))
  })
})

describe.skipIf(fixturesMissing)('checkpoints that Kafka wrote', () => {
  test.for(SOUND_FIXTURES)('%s: give the same text again, whatever the order of their lines', (name) => {
    let seen = 0
    for (const file of Object.values(CHECKPOINT_FILES)) {
      const path = `${fixture(name)}/${file}`
      if (!fs.existsSync(path) || fs.statSync(path).size === 0) continue
      const text = fs.readFileSync(path, 'utf8')
      const offsets = parseCheckpoint(text)
      expect(offsets, file).not.toBeNull()
      expect(formatCheckpoint(offsets ?? new Map())).toBe(text)
      seen++
    }
    expect(seen).toBeGreaterThan(0)
  })

  test('log start offsets are there only for logs that start above their first segment', () => {
    const offsets = readCheckpoint(realFiles, fixture('compacted'), 'logStartOffset')
    expect(offsets.has('trimmed-0')).toBe(true)
    expect(offsets.has('expired-0')).toBe(false)
  })

  test('the high watermark lags after a kill', () => {
    expect(readCheckpoint(realFiles, fixture('unclean'), 'highWatermark').get('views-none-0')).toBe(300n)
  })
})

describe('reading', () => {
  test('a missing and an empty one are absent; a damaged one is too, and named', () => {
    const root = temporaryDirectory()
    const damaged: string[] = []
    const read = (): unknown => readCheckpoint(realFiles, root, 'cleaner', (path) => damaged.push(path))
    expect(read()).toEqual(new Map())
    fs.writeFileSync(`${root}/cleaner-offset-checkpoint`, '')
    expect(read()).toEqual(new Map())
    expect(damaged).toEqual([])
    fs.writeFileSync(`${root}/cleaner-offset-checkpoint`, '0\n2\na 0 1\n')
    expect(read()).toEqual(new Map())
    expect(damaged).toEqual([`${root}/cleaner-offset-checkpoint`])
  })
})

describe('updating', () => {
  test('sets and removes single offsets and leaves the others', () => {
    const root = temporaryDirectory()
    const update = (changes: [string, bigint | null][]): void => updateCheckpoint(realFiles, root, 'recoveryPoint', new Map(changes), null)
    update([
      ['a-0', 1n],
      ['b-0', 2n],
    ])
    update([
      ['b-0', 3n],
      ['c-0', 4n],
      ['a-0', null],
      ['d-0', null],
    ])
    expect(fs.readFileSync(`${root}/recovery-point-offset-checkpoint`, 'utf8')).toBe('0\n2\nb 0 3\nc 0 4\n')
    expect(fs.readdirSync(root)).toEqual(['recovery-point-offset-checkpoint'])
  })

  test('durably: a power loss at any call leaves all offsets as they were or as they are to be', () => {
    const kind: CheckpointKind = 'logStartOffset'
    const before = new Map([
      ['a-0', 5n],
      ['b-0', 7n],
    ])
    const after = new Map([
      ['a-0', 9n],
      ['b-0', 7n],
    ])
    let tried = 0
    for (let call = 1, isDone = false; !isDone; call++) {
      const disk = new SimulatedDisk()
      updateCheckpointDurably(disk, '', kind, before)
      disk.cutPowerAt(disk.calls + call)
      try {
        updateCheckpointDurably(disk, '', kind, new Map([['a-0', 9n]]))
        isDone = true
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error
      }
      for (const mode of ['drop', 'keep', 'zeros', 'random'] as const) {
        for (let seed = 1; seed <= (mode === 'random' ? 40 : 1); seed++) {
          const found = readCheckpoint(disk.crash({ mode, seed }), '', kind)
          expect(isDone ? [after] : [before, after], `call ${call}, ${mode} ${seed}`).toContainEqual(found)
          tried++
        }
      }
    }
    expect(tried).toBeGreaterThan(200)
  })
})
