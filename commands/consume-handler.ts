// The flags of `leat consume` that hand records to a command, and what they mean to the operation.
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import { DEAD_LETTER_SUFFIX, isDeadLetterTopicName, isRetryTopicName } from '../src/dead-letters/topic-names.ts'
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

const HANDLING = { helpGroup: 'HANDLER' } as const
/** They say how records are printed, and with a handler none is. */
const PRINTING = ['format', 'headers-only', 'control', 'key-delimiter', 'null']

export const handlerFlags = {
  exec: Flags.string({
    summary: 'a command for each record: value on stdin, the rest in LEAT_… variables',
    exclusive: [...PRINTING, 'worker'],
    ...HANDLING,
  }),
  worker: Flags.string({
    summary: 'one command for all records: a JSON line in, `ok`, `retry REASON` or `error TYPE MESSAGE` out',
    exclusive: [...PRINTING, 'exec'],
    ...HANDLING,
  }),
  jobs: Flags.string({ char: 'j', summary: 'so many commands at once (default 1)', ...HANDLING }),
  order: Flags.string({
    summary: 'records with the same key, or of the same partition, one after the other (default key)',
    options: ['key', 'partition'],
    ...HANDLING,
  }),
  'handler-timeout': Flags.string({ summary: 'a command that takes longer for a record is killed (default 30s)', ...HANDLING }),
  retries: Flags.string({ summary: 'attempts after the first one, while the records behind it wait (default 0)', ...HANDLING }),
  backoff: Flags.string({ summary: 'wait between attempts, doubled with each (default 1s..30s)', dependsOn: ['retries'], ...HANDLING }),
  'retry-topics': Flags.string({
    summary: 'attempts after these delays (5s,1m,10m), by way of TOPIC.retry.1 …; no record waits',
    exclusive: ['retries'],
    dependsOn: ['group'],
    ...HANDLING,
  }),
  dlq: Flags.boolean({ summary: 'set records that fail for good aside in TOPIC.dlq; --dlq NAME: there', ...HANDLING }),
  'dlq-topic': Flags.string({ summary: 'the same as --dlq NAME', ...HANDLING }),
  dedupe: Flags.string({ summary: 'never handle an event twice: .event_id, key or header:NAME', dependsOn: ['group'], ...HANDLING }),
  'dedupe-ttl': Flags.string({ summary: 'how long an event counts as handled (default 7d)', dependsOn: ['dedupe'], ...HANDLING }),
}

export type HandlerFlags = Interfaces.InferredFlags<typeof handlerFlags>

/** Flags that say nothing without a handler. */
const DEPENDENT = ['jobs', 'order', 'handler-timeout', 'retries', 'retry-topics', 'dlq', 'dlq-topic', 'dedupe'] as const

const DEFAULT_TIME_LIMIT_MS = 30_000
const DEFAULT_TTL_MS = 7 * 86_400_000

export function hasHandler({ exec, worker }: HandlerFlags): boolean {
  return exec !== undefined || worker !== undefined
}

/** @throws LeatError (usage) for flags that need a handler where there is none */
export function checkNoHandler(flags: HandlerFlags): void {
  const lost = DEPENDENT.find((name) => flags[name] !== undefined && flags[name] !== false)
  if (lost === undefined) return
  throw usage(`--${lost} is for records that a command handles`, 'Give --exec CMD or --worker CMD.')
}

export type HandlingOptions = Pick<HandleOptions, 'openHandler' | 'order' | 'plan' | 'dedupe'>

/** @throws LeatError (usage) */
export function handlingOf(flags: HandlerFlags, clock: Clock, onStderr: (bytes: Buffer) => void): HandlingOptions {
  const { dedupe, order } = flags
  const ttlMs = flags['dedupe-ttl'] === undefined ? DEFAULT_TTL_MS : requireDuration('--dedupe-ttl', flags['dedupe-ttl'])
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
  const [min, max = min, ...more] = text.split('..')
  const minMs = requireDuration('--backoff', min as string)
  const maxMs = requireDuration('--backoff', max as string)
  if (more.length > 0 || maxMs < minMs) throw usage(`--backoff ${text} is not a range of durations`, 'For example --backoff 1s..30s.')
  return { minMs, maxMs }
}

/**
 * `--dlq` may have a value, which the flags of the parser cannot: `--dlq=NAME`, or the word after it where a topic to read was named before.
 * @returns the arguments with `--dlq-topic NAME` in their place
 */
export function expandDlq(argv: readonly string[], takesValue: (flag: string) => boolean): string[] {
  const expanded: string[] = []
  let hasTopic = false
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string
    const next = argv[index + 1]
    if (word === '--') return [...expanded, ...argv.slice(index)]
    if (word.startsWith('--dlq=')) expanded.push('--dlq-topic', word.slice('--dlq='.length))
    else if (word === '--dlq' && hasTopic && next !== undefined && !next.startsWith('-'))
      expanded.push('--dlq-topic', argv[++index] as string)
    else {
      expanded.push(word)
      if (!word.startsWith('-') || word === '-t' || word === '--topic') hasTopic = true
      if (takesValue(word) && next !== undefined) expanded.push(argv[++index] as string)
    }
  }
  return expanded
}

/** Of topics that a pattern found: those that hold what was set aside are not for the handler again. */
export function handledTopics(found: readonly string[]): string[] {
  return found.filter((topic) => !isDeadLetterTopicName(topic) && !isRetryTopicName(topic))
}

function usage(message: string, hint: string): LeatError {
  return new LeatError('USAGE', message, { hint, exitCode: exitCodes.usage })
}
