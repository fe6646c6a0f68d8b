// Indexes made anew from the batches of a segment, against those that Kafka made while it wrote them.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ActiveSegment } from '../../src/log/active-segment.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import { SegmentWalker } from '../../src/log/segment-walker.ts'
import { logConfig } from '../../src/log/topic-config.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { type FixtureName, expectedOf, fixture, fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Topic {
  readonly name: string
  readonly configs: Record<string, string>
  readonly partitionCount: number
}

function topicsOf(name: FixtureName): Topic[] {
  return JSON.parse(fs.readFileSync(`${expectedOf(name)}/topics.json`, 'utf8'))
}

interface SegmentPlace {
  readonly folder: string
  readonly base: bigint
  readonly isLast: boolean
  readonly configs: Record<string, string>
}

function segmentsOf(name: FixtureName): SegmentPlace[] {
  return topicsOf(name).flatMap(({ name: topic, configs, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => `${fixture(name)}/${topic}-${partition}`).flatMap((folder) => {
      const bases = listSegments(realFiles, folder)
      return bases.map((base) => ({ folder, base, configs, isLast: base === bases.at(-1) }))
    }),
  )
}

interface Indexes {
  readonly offset: Buffer
  readonly time: Buffer
}

function indexesOf(folder: string, base: bigint): Indexes {
  return { offset: fs.readFileSync(segmentPath(folder, base, 'index')), time: fs.readFileSync(segmentPath(folder, base, 'timeindex')) }
}

/** The bytes of both indexes of a copy of the segment, made from its batches. */
function rebuilt({ folder, base, configs }: SegmentPlace): Indexes {
  const copy = temporaryDirectory()
  const config = logConfig(new Map(Object.entries(configs)))
  const segment = new ActiveSegment(realFiles, copy, base, {
    indexIntervalBytes: config.indexIntervalBytes,
    maxIndexBytes: config.segmentIndexBytes,
  })
  const walker = new SegmentWalker((damage) => expect(damage).toBeUndefined())
  const log = realFiles.open(segmentPath(folder, base, 'log'), 'read')
  walker.open(log, 0, log.stat().size, base)
  for (let header = walker.next(); header !== null; header = walker.next()) segment.noteBatch(header, walker.position)
  segment.finish()
  segment.close()
  log.close()
  return indexesOf(copy, base)
}

/** In these Kafka was stopped and started, and then counted anew towards the next entry. */
const STOPPED_WITHIN = /^(orders-[012]|ledger-[01])$/

describe.skipIf(fixturesMissing)('indexes made anew', () => {
  test.for<FixtureName>(['basics', 'transactions', 'groups', 'replicated-node1', 'replicated-node2'])(
    '%s: are those of Kafka, byte for byte',
    (name) => {
      const segments = segmentsOf(name)
      const different = segments.filter((segment) => {
        const [made, kept] = [rebuilt(segment), indexesOf(segment.folder, segment.base)]
        return !made.offset.equals(kept.offset) || !made.time.equals(kept.time)
      })
      expect(different.filter(({ folder }) => !STOPPED_WITHIN.test(path.basename(folder)))).toEqual([])
      expect(segments.length - different.length).toBeGreaterThan(9)
    },
  )

  test('unclean: are those of Kafka up to the end that it was killed at', () => {
    for (const segment of segmentsOf('unclean')) {
      const [made, kept] = [rebuilt(segment), indexesOf(segment.folder, segment.base)]
      // The active segment's files have zeros after the entries, and no entry for its close.
      const time = segment.isLast ? made.time.subarray(0, -12) : made.time
      for (const [entries, file] of [
        [made.offset, kept.offset],
        [time, kept.time],
      ] as const) {
        expect(entries.equals(file.subarray(0, entries.length)), `${segment.folder} ${segment.base}`).toBe(true)
        expect(file.subarray(entries.length).every((byte) => segment.isLast && byte === 0)).toBe(true)
      }
    }
  })
})
