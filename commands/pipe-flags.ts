// The flags of `leat pipe`, and what they mean to the operation.
import * as Flags from '@oclif/core/flags'
import type { BaseCommand } from './base-command.ts'
import { CODEC_NAMES } from '../src/bytes/compression/index.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { allOf, compileFilter, type RecordPredicate } from '../src/grammar/filter.ts'
import { requireCount } from '../src/grammar/values.ts'
import { compileWhere } from '../src/input/where.ts'
import { type CommandOptions, ExecTransform, type Transform, WorkerTransform } from '../src/operations/pipe/transform.ts'
import { EnvelopeLine } from '../src/output/envelope-line.ts'
import { realChildProcesses } from '../src/system/real-child-processes.ts'
import { realClock } from '../src/system/real-clock.ts'
import type { Interfaces } from '@oclif/core'

export type PipeFlags = Interfaces.InferredFlags<typeof pipeFlags & (typeof BaseCommand)['baseFlags']>

const repeated = { multiple: true, multipleNonGreedy: true } as const

export const pipeFlags = {
  exec: Flags.string({ summary: 'a command for each record: value on stdin, new value on stdout; no output drops the record' }),
  worker: Flags.string({ summary: 'one command for all records: a JSON line in, a line with the new value out', exclusive: ['exec'] }),
  jobs: Flags.string({
    char: 'j',
    summary: 'so many --exec commands at once; the order of records is kept (default 1)',
    dependsOn: ['exec'],
  }),
  'time-limit': Flags.string({ summary: 'a command that takes longer for a record is killed', default: '30s' }),
  group: Flags.string({ char: 'g', summary: 'the group that keeps how far it is (default pipe-FROM-TO)' }),
  follow: Flags.boolean({ char: 'f', summary: 'go on as records come' }),
  exit: Flags.boolean({ char: 'e', summary: 'stop at the present end (the default)', exclusive: ['follow'] }),
  partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
  offset: Flags.string({
    char: 'o',
    summary: 'where to begin where nothing is committed, or a range (42, -10, @-1h, 10:20)',
    default: 'beginning',
  }),
  filter: Flags.string({ summary: 'wanted records: k:REGEX, v:REGEX, h:NAME=REGEX; ! negates', ...repeated }),
  where: Flags.string({ summary: 'wanted records: .status == "paid" && .total >= 100', ...repeated }),
  'key-field': Flags.string({ summary: 'take the key from the new JSON value (.order.id)' }),
  compression: Flags.option({ char: 'z', summary: 'codec of the batches', options: CODEC_NAMES, default: 'none' })(),
  'batch-bytes': Flags.string({ summary: 'size of a batch', default: '64KiB' }),
  'create-partitions': Flags.string({ summary: 'partitions of TO when it is made (default: as many as FROM has)' }),
  'transaction-every': Flags.string({ summary: 'records of a transaction; none waits for longer than a second', default: '10000' }),
}

/** A record is wanted when all that was asked of it holds; null where nothing was. */
export function wantedBy(flags: PipeFlags): RecordPredicate | null {
  return allOf([...(flags.filter ?? []).map(compileFilter), ...(flags.where ?? []).map(compileWhere)])
}

/** null copies. @throws LeatError (usage) */
export function transformOf(flags: PipeFlags, onStderr: (bytes: Buffer) => void): (() => Transform) | null {
  const timeLimitMs = requireDuration('--time-limit', flags['time-limit'])
  const options = (command: string): CommandOptions => ({ processes: realChildProcesses, command, timeLimitMs, onStderr })
  const { exec, worker } = flags
  const jobs = flags.jobs === undefined ? 1 : requireCount('--jobs', flags.jobs, 1)
  if ((exec ?? worker)?.trim() === '')
    throw new LeatError('USAGE', `--${exec === undefined ? 'worker' : 'exec'} is empty`, {
      hint: "For example --exec 'jq -c .order'.",
      exitCode: exitCodes.usage,
    })
  if (exec !== undefined) return () => new ExecTransform(options(exec), jobs)
  return worker === undefined ? null : () => new WorkerTransform(options(worker), new EnvelopeLine(), realClock)
}
