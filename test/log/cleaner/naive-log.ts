// What compaction has to leave of a log, the plain way: all batches in memory, all rules one after the other.
import type { KeyedRecord } from '../../support/keyed-batches.ts'

export interface NaiveRecord extends KeyedRecord {
  readonly offset: number
}

export interface NaiveBatch {
  readonly baseOffset: number
  readonly records: NaiveRecord[]
  /** Of a transaction; null outside of one. */
  readonly producer: number | null
  outcome: 'open' | 'commit' | 'abort' | null
  horizonMs: number | null
}

export class NaiveLog {
  readonly batches: NaiveBatch[] = []
  nextOffset = 0

  append(records: readonly KeyedRecord[], producer: number | null): void {
    const baseOffset = this.nextOffset
    const placed = records.map((record, index) => ({ ...record, offset: baseOffset + index }))
    this.batches.push({ baseOffset, records: placed, producer, outcome: producer === null ? null : 'open', horizonMs: null })
    this.nextOffset += records.length
  }

  end(producer: number, outcome: 'commit' | 'abort'): void {
    for (const batch of this.batches) if (batch.producer === producer && batch.outcome === 'open') batch.outcome = outcome
    this.nextOffset++
  }

  isOpen(producer: number): boolean {
    return this.batches.some((batch) => batch.producer === producer && batch.outcome === 'open')
  }

  /** Of the oldest open transaction, or the end. */
  get stableOffset(): number {
    return this.batches.find(({ outcome }) => outcome === 'open')?.baseOffset ?? this.nextOffset
  }

  compact(uncleanableOffset: number, nowMs: number, deleteRetentionMs: number): void {
    const latest = new Map<string, number>()
    for (const { records, outcome } of this.batches)
      for (const { key, offset } of records) if (key !== null && outcome !== 'abort' && offset < uncleanableOffset) latest.set(key, offset)
    for (const batch of this.batches) {
      if (batch.baseOffset >= uncleanableOffset) continue
      const isPast = batch.horizonMs !== null && batch.horizonMs <= nowMs
      const stays = ({ key, value, offset }: NaiveRecord): boolean =>
        batch.outcome !== 'abort' && key !== null && latest.get(key) === offset && !(value === null && isPast)
      batch.records.splice(0, Infinity, ...batch.records.filter(stays))
      if (batch.records.some(({ value }) => value === null)) batch.horizonMs ??= nowMs + deleteRetentionMs
    }
  }

  /** What a reader sees. */
  records(isCommittedOnly: boolean): NaiveRecord[] {
    const end = isCommittedOnly ? this.stableOffset : this.nextOffset
    const seen = this.batches.filter(({ baseOffset, outcome }) => baseOffset < end && !(isCommittedOnly && outcome === 'abort'))
    return seen.flatMap(({ records }) => records)
  }
}
