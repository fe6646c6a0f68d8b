// Flags of the commands on dead letters that say which of them are meant.
import * as Flags from '@oclif/core/flags'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { parseOffsetBound } from '../src/grammar/offset.ts'
import { requirePartitions } from '../src/grammar/values.ts'
import type { LetterQuery } from '../src/operations/dlq/select.ts'
import type { Interfaces } from '@oclif/core'

export const selectionFlags = {
  where: Flags.string({ summary: 'letters whose value is like this: .total >= 100', multiple: true, multipleNonGreedy: true }),
  source: Flags.string({ summary: 'letters that came from this topic at first', multiple: true, multipleNonGreedy: true }),
  'error-type': Flags.string({
    summary: 'letters with this error (TimeoutException, or with its package; =TimeoutException is without one)',
    multiple: true,
    multipleNonGreedy: true,
  }),
  shape: Flags.string({ summary: 'letters with a message of this shape, as triage prints it', multiple: true, multipleNonGreedy: true }),
  since: Flags.string({ summary: 'letters that failed at this time or later (1h: an hour ago, 2026-11-21)' }),
  until: Flags.string({ summary: 'letters that failed before this time' }),
  partition: Flags.string({ char: 'p', summary: 'letters in these partitions (0,2,5-7)' }),
}

/** @param now what `1h` counts back from, ms */
export function queryOf(flags: Interfaces.InferredFlags<typeof selectionFlags>, now: bigint): LetterQuery {
  return {
    where: flags.where ?? [],
    sources: flags.source ?? [],
    errorTypes: flags['error-type'] ?? [],
    shapes: flags.shape ?? [],
    since: timeOf('--since', flags.since, now),
    until: timeOf('--until', flags.until, now),
    partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
  }
}

function timeOf(flag: string, text: string | undefined, now: bigint): bigint | null {
  if (text === undefined) return null
  try {
    const bound = parseOffsetBound(text.startsWith('@') ? text : `@${text}`, now, flag)
    if (bound.kind === 'time') return bound.timestamp
  } catch (error) {
    if (!(error instanceof LeatError)) throw error
  }
  throw new LeatError('USAGE', `${flag} '${text}' is not a time`, {
    hint: `For example ${flag} 1h (an hour ago), ${flag} 2026-11-21, ${flag} 2026-11-21T08:00:00Z.`,
    exitCode: exitCodes.usage,
  })
}
