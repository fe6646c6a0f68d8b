// What the flags that make `leat consume` a member of a group mean to the operation.
import { ASSIGNORS, type MemberFlags } from './member-flags.ts'
import { randomUuid } from '../src/bytes/uuid.ts'
import { DEFAULT_SESSION_TIMEOUT_MS } from '../src/client/groups.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { requireId } from '../src/grammar/values.ts'
import type { MemberOptions } from '../src/client/groups.ts'
import type { CommitMode } from '../src/operations/consume/group/consume-as-member.ts'
import type { Random } from '../src/system/system.ts'

/** As Kafka's consumers have it (max.poll.interval.ms). */
const REBALANCE_TIMEOUT_MS = 300_000
/** Members look after each other several times a second; one that was busy for a moment is no dead one. */
const MIN_SESSION_TIMEOUT_MS = 1000

export interface Subscription {
  readonly names: readonly string[]
  /** null: the names are names. */
  readonly patterns: readonly RegExp[] | null
  readonly random: Random
}

export function memberOptionsOf(flags: MemberFlags, { names, patterns, random }: Subscription): MemberOptions {
  return {
    groupId: requireId('--group', flags.group),
    memberId: randomUuid((bytes) => random.fill(bytes)),
    instanceId: flags['instance-id'] === undefined ? null : requireId('--instance-id', flags['instance-id']),
    clientId: `leat-${process.pid}`,
    topics: patterns === null ? names : [],
    // The coordinator matches whole names.
    topicPattern: patterns?.map(({ source }) => `.*(?:${source}).*`).join('|') ?? null,
    assignor: flags.assignor === undefined ? null : (ASSIGNORS[flags.assignor] ?? null),
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    sessionTimeoutMs: sessionTimeoutOf(flags['session-timeout']),
  }
}

function sessionTimeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SESSION_TIMEOUT_MS
  const timeoutMs = requireDuration('--session-timeout', text)
  if (timeoutMs >= MIN_SESSION_TIMEOUT_MS) return timeoutMs
  throw new LeatError('INVALID_SESSION_TIMEOUT', `--session-timeout ${text} is less than 1s`, {
    hint: 'For example --session-timeout 10s.',
    exitCode: exitCodes.usage,
  })
}

export function commitModeOf({ commit = 'after' }: { readonly commit?: string | undefined }): CommitMode {
  return commit === 'before' || commit === 'none' ? commit : 'after'
}
