// The flags of `leat consume`, and what they mean to the operation.
import * as Flags from '@oclif/core/flags'
import { handlerFlags } from './handler-flags.ts'
import { memberFlags } from './consume-member.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { allOf, compileFilter, keyEquals, type RecordPredicate } from '../src/grammar/filter.ts'
import { type OffsetRange, parseOffsetRange, parseOffsetUntil } from '../src/grammar/offset.ts'
import { requireNamePattern } from '../src/grammar/name-pattern.ts'
import { requireCount, requireDelimiter, requirePartitions } from '../src/grammar/values.ts'
import { compileWhere } from '../src/input/where.ts'
import { chooseWriter } from '../src/output/choose-writer.ts'
import type { RecordWriter } from '../src/output/record-writer.ts'
import type { BaseCommand } from './base-command.ts'
import { topicFlag } from './shared-flags.ts'
import type { Interfaces } from '@oclif/core'

export type ConsumeFlags = Interfaces.InferredFlags<typeof consumeFlags & (typeof BaseCommand)['baseFlags']>

export const consumeFlags = {
  topic: topicFlag,
  regex: Flags.boolean({ char: 'r', summary: 'topics are regular expressions' }),
  partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
  offset: Flags.string({
    char: 'o',
    summary: 'where to begin, or a range (42, -10, @-1h, 10:20); in a group only where nothing is committed',
    default: 'beginning',
  }),
  'from-beginning': Flags.boolean({ summary: 'begin at the beginning (the default)', exclusive: ['offset'] }),
  until: Flags.string({ summary: 'where to stop (an offset or @TIME), exclusive' }),
  follow: Flags.boolean({ char: 'f', summary: 'go on as records come' }),
  exit: Flags.boolean({ char: 'e', summary: 'stop at the present end (the default)', exclusive: ['follow'] }),
  'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'stop after so many records' }),
  timeout: Flags.string({ summary: 'wait this long for records; fewer than -n by then is exit code 4' }),
  'timeout-ms': Flags.string({ summary: 'the same in milliseconds', exclusive: ['timeout'] }),
  format: Flags.string({ summary: 'template (%t %p %o %k %s %T %h …, \\n \\t)', exclusive: ['json'] }),
  delimiter: Flags.string({ char: 'D', summary: 'what follows each value', default: '\\n' }),
  'key-delimiter': Flags.string({ char: 'K', summary: 'print keys too, each followed by this' }),
  null: Flags.boolean({ char: 'Z', summary: 'print NULL for a null key or value' }),
  filter: Flags.string({ summary: 'wanted records: k:REGEX, v:REGEX, h:NAME=REGEX; ! negates', multiple: true, multipleNonGreedy: true }),
  where: Flags.string({ summary: 'wanted records: .status == "paid" && .total >= 100', multiple: true, multipleNonGreedy: true }),
  key: Flags.string({ char: 'k', summary: 'wanted records: those with this key' }),
  'headers-only': Flags.boolean({ summary: 'leave key and value out' }),
  'isolation-level': Flags.string({
    summary: 'whether records of aborted and open transactions are seen',
    options: ['read_committed', 'read_uncommitted'],
    default: 'read_uncommitted',
  }),
  ...memberFlags,
  ...handlerFlags,
  control: Flags.boolean({ summary: 'show transaction markers', dependsOn: ['json'] }),
}

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
