// What replaying the batches of a log gives, against the snapshots and transaction indexes that Kafka made of the same batches. Not
// of logs that the cleaner went over: their snapshots know of batches that are gone.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeProducerSnapshot } from '../../src/log/producer-snapshot.ts'
import { type ProducerEntry, ProducerState } from '../../src/log/producer-state.ts'
import { listSegmentFiles, listSegments, segmentPath } from '../../src/log/segment-files.ts'
import { SegmentWalker } from '../../src/log/segment-walker.ts'
import { type AbortedTransaction, readTransactionIndex } from '../../src/log/transaction-index.ts'
import { readTransactionMarker } from '../../src/record/control-record.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { type FixtureName, fixture, fixturesMissing } from '../support/fixtures.ts'

interface Replay {
  /** By the offset that a snapshot of Kafka's is at. */
  readonly states: ReadonlyMap<bigint, ProducerEntry[]>
  readonly aborted: readonly AbortedTransaction[]
}

function replay(folder: string): Replay {
  const state = new ProducerState()
  const states = new Map<bigint, ProducerEntry[]>()
  const aborted: AbortedTransaction[] = []
  const wanted = new Set(listSegmentFiles(realFiles, folder, 'snapshot'))
  const cursor = new RecordCursor()
  const walker = new SegmentWalker((damage) => expect(damage).toBeUndefined())
  for (const base of listSegments(realFiles, folder)) {
    const file = realFiles.open(segmentPath(folder, base, 'log'), 'read')
    walker.open(file, 0, file.stat().size, base)
    for (let header = walker.next(); header !== null; header = walker.next()) {
      cursor.open(walker.bytes, walker.at, header)
      const completed = state.update(header, header.isControl && cursor.next() ? readTransactionMarker(cursor) : null)
      if (completed?.isAborted === true) {
        const { isAborted: _, ...transaction } = completed
        aborted.push({ ...transaction, lastStableOffset: state.firstUndecidedOffset ?? completed.lastOffset + 1n })
      }
      if (wanted.has(header.nextOffset)) states.set(header.nextOffset, state.entries)
    }
    file.close()
  }
  return { states, aborted }
}

/** As a snapshot has them: with the newest batch only; by producer id, since Kafka's order is that of a hash map. */
function kept(entries: readonly ProducerEntry[]): ProducerEntry[] {
  const withLast = entries.map((entry) => ({
    ...entry,
    batches: entry.batches.slice(-1).map((batch) => ({ ...batch, timestamp: entry.timestamp })),
  }))
  return withLast.toSorted((a, b) => Number(a.producerId - b.producerId))
}

function foldersOf(name: FixtureName): string[] {
  const folders = fs.readdirSync(fixture(name)).filter((folder) => /-\d+$/.test(folder) && !folder.startsWith('__cluster_metadata'))
  return folders.map((folder) => `${fixture(name)}/${folder}`)
}

describe.skipIf(fixturesMissing)('replaying a log', () => {
  test.for<FixtureName>(['basics', 'transactions', 'unclean', 'replicated-node1', 'replicated-node2'])(
    '%s: gives the producers of every snapshot that Kafka wrote',
    (name) => {
      let compared = 0
      for (const folder of foldersOf(name)) {
        const { states } = replay(folder)
        for (const [offset, entries] of states) {
          const snapshot = decodeProducerSnapshot(fs.readFileSync(segmentPath(folder, offset, 'snapshot')))
          expect(kept(entries), `${folder} ${offset}`).toEqual(kept(snapshot ?? []))
          compared += entries.length
        }
      }
      expect(compared).toBeGreaterThan(0)
    },
  )

  test.for<FixtureName>(['transactions', 'unclean'])('%s: gives the aborted transactions of the transaction indexes', (name) => {
    let compared = 0
    for (const folder of foldersOf(name)) {
      const indexed = listSegmentFiles(realFiles, folder, 'txnindex').flatMap(
        (base) => readTransactionIndex(realFiles, segmentPath(folder, base, 'txnindex')).entries,
      )
      const { aborted } = replay(folder)
      expect(aborted, folder).toEqual(indexed)
      compared += aborted.length
    }
    expect(compared).toBeGreaterThan(0)
  })
})
