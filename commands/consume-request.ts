// What the flags of `leat consume` mean to the operation.
import type { ConsumeFlags } from './consume-flags.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { allOf, compileFilter, keyEquals, type RecordPredicate } from '../src/grammar/filter.ts'
import { type OffsetRange, parseOffsetRange, parseOffsetUntil } from '../src/grammar/offset.ts'
import { requireNamePattern } from '../src/grammar/name-pattern.ts'
import { requireCount, requireDelimiter, requirePartitions } from '../src/grammar/values.ts'
import { compileWhere } from '../src/input/where.ts'
import { chooseWriter } from '../src/output/choose-writer.ts'
import type { RecordWriter } from '../src/output/record-writer.ts'

/** What is read, and how much of it. */
export interface ConsumeRequest {
  readonly names: readonly string[]
  /** null: the names are names. */
  readonly patterns: readonly RegExp[] | null
  /** null: all. */
  readonly partitions: readonly number[] | null
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
  /** Infinity: all. */
  readonly maxRecords: number
  /** null: as long as it takes. */
  readonly timeoutMs: number | null
  readonly isWanted: RecordPredicate | null
}

/** @throws LeatError (usage) */
export function requestOf(flags: ConsumeFlags, names: readonly string[], now: bigint): ConsumeRequest {
  const timeoutMs = timeoutOf(flags)
  return {
    names,
    patterns: flags.regex ? names.map((name) => requireNamePattern('--regex', name)) : null,
    partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
    offsets: offsetsOf(flags, now),
    isFollowing: flags.follow || timeoutMs !== null,
    maxRecords: maxRecordsOf(flags),
    timeoutMs,
    isWanted: predicateOf(flags),
  }
}

function offsetsOf(flags: ConsumeFlags, now: bigint): OffsetRange {
  return flags.until === undefined ? parseOffsetRange(flags.offset, now) : parseOffsetUntil(flags.offset, flags.until, now)
}

/** Infinity: all. */
function maxRecordsOf(flags: ConsumeFlags): number {
  return flags['max-messages'] === undefined ? Number.POSITIVE_INFINITY : requireCount('--max-messages', flags['max-messages'], 0)
}

export function writerOf(flags: ConsumeFlags): RecordWriter {
  return chooseWriter({
    isJson: flags.json,
    template: flags.format ?? null,
    headersOnly: flags['headers-only'],
    delimiter: requireDelimiter('--delimiter', flags.delimiter),
    keyDelimiter: flags['key-delimiter'] === undefined ? null : requireDelimiter('--key-delimiter', flags['key-delimiter']),
    showsNull: flags.null,
  })
}

/** A record is wanted when all that was asked of it holds; null where nothing was. */
function predicateOf(flags: ConsumeFlags): RecordPredicate | null {
  return allOf([
    ...(flags.key === undefined ? [] : [keyEquals(Buffer.from(flags.key))]),
    ...(flags.filter ?? []).map(compileFilter),
    ...(flags.where ?? []).map(compileWhere),
  ])
}

/** Milliseconds; null: as long as it takes. */
function timeoutOf(flags: ConsumeFlags): number | null {
  if (flags['timeout-ms'] !== undefined) return requireCount('--timeout-ms', flags['timeout-ms'], 0)
  return flags.timeout === undefined ? null : requireDuration('--timeout', flags.timeout)
}
