// The flags of `leat consume` that hand records to a command.
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'

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

export function hasHandler({ exec, worker }: HandlerFlags): boolean {
  return exec !== undefined || worker !== undefined
}

/** @throws LeatError (usage) for flags that need a handler where there is none */
export function checkNoHandler(flags: HandlerFlags): void {
  const lost = DEPENDENT.find((name) => flags[name] !== undefined && flags[name] !== false)
  if (lost === undefined) return
  throw new LeatError('USAGE', `--${lost} is for records that a command handles`, {
    hint: 'Give --exec CMD or --worker CMD.',
    exitCode: exitCodes.usage,
  })
}
