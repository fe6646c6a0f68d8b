// What the flags of a handler mean to the operation.
import type { HandlerFlags } from './handler-flags.ts'
import { DEAD_LETTER_SUFFIX } from '../src/dead-letters/topic-names.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { requireCount } from '../src/grammar/values.ts'
import type { Backoff } from '../src/operations/handle/backoff.ts'
import { compileEventId } from '../src/operations/handle/event-id.ts'
import { ExecHandler } from '../src/operations/handle/exec-handler.ts'
import type { HandleOptions } from '../src/operations/handle/handle.ts'
import type { Handler } from '../src/operations/handle/handler.ts'
import { checkCommand } from '../src/operations/handle/missing-command.ts'
import type { FailurePlan } from '../src/operations/handle/policy.ts'
import { WorkerHandler } from '../src/operations/handle/worker-handler.ts'
import { EnvelopeLine } from '../src/output/envelope-line.ts'
import { realChildProcesses } from '../src/system/real-child-processes.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import type { Clock } from '../src/system/system.ts'

const DEFAULT_TIME_LIMIT_MS = 30_000
const DEFAULT_TTL_MS = 7 * 86_400_000

export type HandlingOptions = Pick<HandleOptions, 'openHandler' | 'order' | 'plan' | 'dedupe'>

/** @throws LeatError (usage) */
export function handlingOf(flags: HandlerFlags, clock: Clock, onStderr: (bytes: Buffer) => void): HandlingOptions {
  const { dedupe, order } = flags
  const ttlMs = flags['dedupe-ttl'] === undefined ? DEFAULT_TTL_MS : requireDuration('--dedupe-ttl', flags['dedupe-ttl'])
  if (ttlMs === 0) throw usage('--dedupe-ttl 0 forgets each event at once', 'For example --dedupe-ttl 7d.')
  return {
    openHandler: openerOf(flags, clock, onStderr),
    order: order === 'partition' ? 'partition' : 'key',
    plan: planOf(flags),
    dedupe: dedupe === undefined ? null : { eventId: compileEventId(dedupe), ttlMs },
  }
}

function openerOf({ exec, worker, ...flags }: HandlerFlags, clock: Clock, onStderr: (bytes: Buffer) => void): () => Promise<Handler> {
  const limit = flags['handler-timeout']
  const timeLimitMs = limit === undefined ? DEFAULT_TIME_LIMIT_MS : requireDuration('--handler-timeout', limit)
  if (timeLimitMs === 0) throw usage('--handler-timeout 0 leaves a command no time', 'For example --handler-timeout 10s.')
  const jobs = flags.jobs === undefined ? 1 : requireCount('--jobs', flags.jobs, 1)
  const options = { processes: realChildProcesses, clock, command: exec ?? worker ?? '', jobs, timeLimitMs, onStderr }
  if (options.command.trim() === '')
    throw usage(`--${exec === undefined ? 'worker' : 'exec'} is empty`, "For example --exec './handle.sh'.")
  return async () => {
    await checkCommand(options)
    return exec === undefined ? new WorkerHandler(options, () => new EnvelopeLine()) : new ExecHandler(options, standardOutput())
  }
}

function planOf({ retries, backoff, dlq, ...flags }: HandlerFlags): FailurePlan {
  const name = flags['dlq-topic']
  const delays = flags['retry-topics']?.split(',').map((text) => requireDuration('--retry-topics', text.trim())) ?? []
  const isSettingAside = dlq || name !== undefined
  return {
    retries: retries === undefined ? 0 : requireCount('--retries', retries, 0),
    backoff: requireBackoff(backoff ?? '1s..30s'),
    retryDelaysMs: delays,
    deadLetterTopicOf: isSettingAside ? (topic) => name ?? `${topic}${DEAD_LETTER_SUFFIX}` : null,
  }
}

function requireBackoff(text: string): Backoff {
  const [min = '', max = min, ...more] = text.split('..')
  const minMs = requireDuration('--backoff', min)
  const maxMs = requireDuration('--backoff', max)
  if (more.length > 0 || maxMs < minMs) throw usage(`--backoff ${text} is not a range of durations`, 'For example --backoff 1s..30s.')
  return { minMs, maxMs }
}

function usage(message: string, hint: string): LeatError {
  return new LeatError('USAGE', message, { hint, exitCode: exitCodes.usage })
}
