// Where `group reset` moves offsets to: Kafka's flags, one of them.
import * as Flags from '@oclif/core/flags'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { parseDuration } from '../src/grammar/duration.ts'
import { parseIsoDuration } from '../src/grammar/iso-duration.ts'
import { parseTimeText } from '../src/grammar/time-text.ts'
import type { OffsetTarget } from '../src/operations/group/move-offsets.ts'

export const targetFlags = {
  'to-earliest': Flags.boolean({ summary: 'to the first record there is' }),
  'to-latest': Flags.boolean({ summary: 'to the end' }),
  'to-offset': Flags.string({ summary: 'to this offset, or the nearest there is' }),
  'to-datetime': Flags.string({ summary: 'to the first record of this time or later (2026-11-21T10:00:00.000)' }),
  'by-duration': Flags.string({ summary: 'to the first record of so long ago or later (1h30m, P1DT2H)' }),
  'shift-by': Flags.string({ summary: 'so many records on, or back where negative' }),
  'to-current': Flags.boolean({ summary: 'to where the group is; to the end where it is nowhere' }),
}

type TargetFlags = {
  readonly [Name in keyof typeof targetFlags]?: string | boolean | undefined
}

/** @throws LeatError (usage) unless there is just one */
export function resetTargetOf(flags: TargetFlags, nowMs: bigint): OffsetTarget {
  // `keys` forgets the names.
  const names = Object.keys(targetFlags) as (keyof TargetFlags)[]
  const [name, other] = names.filter((flag) => flags[flag] !== undefined && flags[flag] !== false)
  if (name === undefined) throw usage('where to?', `Give one of ${names.map((flag) => `--${flag}`).join(', ')}.`)
  if (other !== undefined) throw usage(`--${name} and --${other} exclude each other`, 'Give one of them.')
  return targetOf(name, String(flags[name]), nowMs)
}

function targetOf(name: keyof TargetFlags, text: string, nowMs: bigint): OffsetTarget {
  switch (name) {
    case 'to-earliest':
      return { kind: 'start', plus: 0n }
    case 'to-latest':
      return { kind: 'end', minus: 0n }
    case 'to-current':
      return { kind: 'stored' }
    case 'to-offset':
      return { kind: 'offset', offset: integer(name, text, /^\d{1,19}$/, 'an offset') }
    case 'shift-by':
      return { kind: 'shift', by: integer(name, text, /^[+-]?\d{1,19}$/, 'a number of records') }
    case 'to-datetime':
      return { kind: 'time', timestamp: timeOf(text) }
    case 'by-duration':
      return { kind: 'time', timestamp: nowMs - BigInt(durationOf(text)) }
  }
}

function integer(name: string, text: string, form: RegExp, what: string): bigint {
  if (!form.test(text)) throw usage(`--${name} '${text}' is not ${what}`, `For example --${name} 100.`)
  return BigInt(text.replace('+', ''))
}

/** Kafka's form has no zone, and means UTC then. */
function timeOf(text: string): bigint {
  const time = parseTimeText(text) ?? parseTimeText(`${text}Z`)
  if (time !== null) return time
  throw usage(`--to-datetime '${text}' is not a time`, 'For example --to-datetime 2026-11-21T10:00:00.000 (UTC), or with a zone: +01:00.')
}

function durationOf(text: string): number {
  const duration = parseDuration(text) ?? parseIsoDuration(text)
  if (duration !== null) return duration
  throw usage(`--by-duration '${text}' is not a duration`, 'For example --by-duration 1h30m, or P1DT2H30M.')
}

function usage(message: string, hint: string): LeatError {
  return new LeatError('USAGE', message, { hint, exitCode: exitCodes.usage })
}
