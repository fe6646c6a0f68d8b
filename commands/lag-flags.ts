// The flags of `leat lag`, and what they mean to the operation.
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import type { BaseCommand } from './base-command.ts'
import { groupsFlag } from './shared-flags.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { parseDuration, requireDuration } from '../src/grammar/duration.ts'
import { requireCount } from '../src/grammar/values.ts'
import type { LagLimits } from '../src/operations/lag/limits.ts'
import { LAG_STATUSES } from '../src/operations/lag/status.ts'

export const LAG_FORMATS = ['table', 'json', 'prometheus', 'nagios'] as const

export type LagFormat = (typeof LAG_FORMATS)[number]

/** Looking takes a while, too. */
const MIN_INTERVAL_MS = 100

export const lagFlags = {
  group: groupsFlag,
  topic: Flags.string({ char: 't', summary: 'on this topic only', multiple: true, multipleNonGreedy: true }),
  watch: Flags.string({ summary: 'look again at this interval (2s), until a limit is passed' }),
  max: Flags.string({ summary: 'exit code 4 where more records are unread in a partition' }),
  'max-seconds': Flags.string({ summary: 'exit code 4 where the oldest unread record is older (60, 5m)' }),
  'max-status': Flags.option({ summary: 'exit code 4 where the verdict is worse', options: LAG_STATUSES })(),
  growing: Flags.boolean({ summary: 'exit code 4 where lag grows' }),
  format: Flags.option({
    summary: 'nagios has exit codes of its own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN',
    options: LAG_FORMATS,
    default: 'table',
    helpGroup: 'OUTPUT',
  })(),
  sample: Flags.boolean({ summary: 'keep a sample in the directory, for the history of later runs', default: true, allowNo: true }),
}

export type LagFlags = Interfaces.InferredFlags<typeof lagFlags & (typeof BaseCommand)['baseFlags']>

/** @throws LeatError (usage) */
export function limitsOf(flags: LagFlags): LagLimits {
  return {
    maxRecords: flags.max === undefined ? null : BigInt(requireCount('--max', flags.max, 0)),
    maxSeconds: flags['max-seconds'] === undefined ? null : secondsOf(flags['max-seconds']),
    maxStatus: flags['max-status'] ?? null,
    mustNotGrow: flags.growing,
  }
}

/** Milliseconds; null without --watch. @throws LeatError (usage) */
export function watchIntervalOf(flags: LagFlags): number | null {
  if (flags.watch === undefined) return null
  const intervalMs = requireDuration('--watch', flags.watch)
  if (intervalMs >= MIN_INTERVAL_MS) return intervalMs
  throw new LeatError('USAGE', `--watch ${flags.watch} is less than 100ms`, { hint: 'For example --watch 2s.', exitCode: exitCodes.usage })
}

export function formatOf(flags: LagFlags): LagFormat {
  return flags.json ? 'json' : flags.format
}

function secondsOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  return (parseDuration(text) ?? requireDuration('--max-seconds', text)) / 1000
}
