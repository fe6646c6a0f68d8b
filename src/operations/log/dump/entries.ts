// The entries of a segment's binary files beside the log: indexes, aborted transactions, producer state.
import { type EntryFormat, readIndexFile } from '../../../log/index-file.ts'
import { offsetIndexFormat } from '../../../log/offset-index.ts'
import { decodeProducerSnapshot } from '../../../log/producer-snapshot.ts'
import type { ProducerEntry } from '../../../log/producer-state.ts'
import { timeIndexFormat } from '../../../log/time-index.ts'
import { decodeTransactionIndex } from '../../../log/transaction-index.ts'
import type { DumpFile } from './dump-file.ts'
import { type PlainItem, type PlainType, damage, sequenceBefore } from './dump-item.ts'
import { type OffsetWindow, overlaps } from './offset-window.ts'

const ABORTED_TRANSACTION_SIZE = 34

export function dumpOffsetIndex(file: DumpFile, bytes: Buffer, window: OffsetWindow): Generator<PlainItem> {
  return dumpIndex('offset-index', file, bytes, offsetIndexFormat, window)
}

export function dumpTimeIndex(file: DumpFile, bytes: Buffer, window: OffsetWindow): Generator<PlainItem> {
  return dumpIndex('time-index', file, bytes, timeIndexFormat, window)
}

function* dumpIndex<Entry extends { readonly offset: bigint }>(
  type: PlainType,
  file: DumpFile,
  bytes: Buffer,
  format: EntryFormat<Entry>,
  window: OffsetWindow,
): Generator<PlainItem> {
  const { entries, problem } = readIndexFile(bytes, format, file.baseOffset)
  for (const entry of entries) if (overlaps(window, entry.offset, entry.offset)) yield { type, file: file.name, ...entry }
  if (problem !== null) yield rest(file, bytes, entries.length * format.size, problem)
}

export function* dumpTransactionIndex(file: DumpFile, bytes: Buffer, window: OffsetWindow): Generator<PlainItem> {
  const { entries, problem } = decodeTransactionIndex(bytes)
  for (const entry of entries)
    if (overlaps(window, entry.firstOffset, entry.lastOffset)) yield { type: 'aborted-transaction', file: file.name, ...entry }
  if (problem !== null) yield rest(file, bytes, entries.length * ABORTED_TRANSACTION_SIZE, problem)
}

export function* dumpProducerSnapshot(file: DumpFile, bytes: Buffer): Generator<PlainItem> {
  const entries = decodeProducerSnapshot(bytes)
  if (entries === null) yield damage(file, 0, bytes.length, 'its version, size or checksum is not that of a producer snapshot')
  else for (const entry of entries) yield producer(file, entry)
}

/** Kafka's names; what a producer without a batch or without an open transaction does not have is null. */
function producer(file: DumpFile, entry: ProducerEntry): PlainItem {
  const last = entry.batches.at(-1)
  const firstOffset = entry.currentTransactionFirstOffset
  return {
    type: 'producer',
    file: file.name,
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTxnFirstOffset: firstOffset < 0n ? null : firstOffset,
    lastTimestamp: entry.timestamp,
    firstSequence: last === undefined ? null : sequenceBefore(last.lastSequence, last.offsetDelta),
    lastSequence: last?.lastSequence ?? null,
    lastOffset: last?.lastOffset ?? null,
    offsetDelta: last?.offsetDelta ?? null,
  }
}

function rest(file: DumpFile, bytes: Buffer, position: number, reason: string): PlainItem {
  return damage(file, position, bytes.length - position, reason)
}
