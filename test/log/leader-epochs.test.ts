import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LeaderEpoch, LeaderEpochs, formatLeaderEpochs, parseLeaderEpochs } from '../../src/log/leader-epochs.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { type FixtureName, fixture, fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const epochsArbitrary = fc
  .array(fc.record({ skip: fc.integer({ min: 1, max: 5 }), records: fc.bigInt(1n, 1n << 40n) }), { maxLength: 8 })
  .map((steps) => {
    let [epoch, startOffset] = [-1, 0n]
    return steps.map(({ skip, records }): LeaderEpoch => ({ epoch: (epoch += skip), startOffset: (startOffset += records) }))
  })

function epochsOf(entries: readonly LeaderEpoch[]): LeaderEpochs {
  const epochs = new LeaderEpochs(realFiles, temporaryDirectory())
  for (const { epoch, startOffset } of entries) epochs.assign(epoch, startOffset)
  return epochs
}

/** Epochs 0, 2, 3 and 7, and a log that ends at 400. */
const ENTRIES = [
  { epoch: 0, startOffset: 0n },
  { epoch: 2, startOffset: 13n },
  { epoch: 3, startOffset: 192n },
  { epoch: 7, startOffset: 300n },
]

describe('the checkpoint', () => {
  test('comes back as it was written; torn at any byte it is none', () => {
    fc.assert(
      fc.property(epochsArbitrary, (epochs) => {
        const text = formatLeaderEpochs(epochs)
        expect(parseLeaderEpochs(text)).toEqual(epochs)
        for (let length = 0; length < text.length; length++) expect(parseLeaderEpochs(text.slice(0, length))).toBeNull()
      }),
    )
  })

  test.for([
    '',
    '0\n1\n',
    '1\n0\n',
    '0\n2\n2 10\n1 20\n',
    '0\n2\n1 20\n2 10\n',
    '0\n1\n-1 0\n',
    '0\n1\n4294967296 0\n',
    '0\n1\n0 9223372036854775808\n',
  ])('%j is none', (text) => {
    expect(parseLeaderEpochs(text)).toBeNull()
  })

  test('of any text is one or none, never a failure', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseLeaderEpochs(text)))
  })

  test('is written when something changed, and read by the next one', () => {
    const directory = temporaryDirectory()
    const epochs = new LeaderEpochs(realFiles, directory)
    epochs.flush()
    expect(fs.readdirSync(directory)).toEqual([])
    epochs.assign(0, 0n)
    epochs.assign(2, 13n)
    epochs.flush()
    expect(fs.readFileSync(`${directory}/leader-epoch-checkpoint`, 'utf8')).toBe('0\n2\n0 0\n2 13\n')
    expect(new LeaderEpochs(realFiles, directory).entries).toEqual(epochs.entries)
  })
})

describe.skipIf(fixturesMissing)('checkpoints that Kafka wrote', () => {
  test.for<FixtureName>(['basics', 'compacted', 'transactions', 'unclean', 'replicated-node1', 'replicated-node2'])(
    '%s: give the same text again',
    (name) => {
      const paths = fs.globSync(`${fixture(name)}/*/leader-epoch-checkpoint`)
      expect(paths.length).toBeGreaterThan(0)
      for (const path of paths) {
        const text = fs.readFileSync(path, 'utf8')
        expect(formatLeaderEpochs(parseLeaderEpochs(text) ?? []), path).toBe(text)
      }
    },
  )

  test('a restart skips an epoch, and an epoch’s start moves up with the log start', () => {
    expect(new LeaderEpochs(realFiles, `${fixture('basics')}/orders-0`).entries.map((entry) => entry.epoch)).toEqual([0, 2])
    expect(new LeaderEpochs(realFiles, `${fixture('compacted')}/expired-0`).entries).toEqual([{ epoch: 0, startOffset: 90n }])
  })
})

describe('epochs of a log', () => {
  test('are taken from batches: an epoch starts where it is first seen, an older one says nothing', () => {
    const epochs = epochsOf([
      ...ENTRIES,
      { epoch: 7, startOffset: 350n },
      { epoch: 3, startOffset: 360n },
      { epoch: -1, startOffset: 370n },
    ])
    expect(epochs.entries).toEqual(ENTRIES)
    expect(epochs.latest).toBe(7)
  })

  test('that start at or after a new one had no records left, and go', () => {
    const epochs = epochsOf([...ENTRIES, { epoch: 9, startOffset: 192n }])
    expect(epochs.entries).toEqual([...ENTRIES.slice(0, 2), { epoch: 9, startOffset: 192n }])
  })

  test('go when the log is cut at its end', () => {
    const epochs = epochsOf(ENTRIES)
    epochs.truncateFromEnd(301n)
    expect(epochs.entries).toEqual(ENTRIES)
    epochs.truncateFromEnd(300n)
    expect(epochs.entries).toEqual(ENTRIES.slice(0, 3))
    epochs.truncateFromEnd(0n)
    expect(epochs.entries).toEqual([])
    expect(epochs.latest).toBe(-1)
  })

  test.for([
    [0n, ENTRIES],
    [5n, [{ epoch: 0, startOffset: 5n }, ...ENTRIES.slice(1)]],
    [13n, ENTRIES.slice(1)],
    [200n, [{ epoch: 3, startOffset: 200n }, ...ENTRIES.slice(3)]],
    [400n, [{ epoch: 7, startOffset: 400n }]],
  ] as const)('move up with the log start to %d', ([startOffset, expected]) => {
    const epochs = epochsOf(ENTRIES)
    epochs.truncateFromStart(startOffset)
    expect(epochs.entries).toEqual(expected)
  })
})
