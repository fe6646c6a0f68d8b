import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { writeStderr } from './report-error.ts'
import { pipeFlags, transformOf, wantedBy } from './pipe-flags.ts'
import { CODEC_NAMES } from '../src/bytes/compression/index.ts'
import { counted } from '../src/errors/counted.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { parseOffsetRange } from '../src/grammar/offset.ts'
import { requireCount, requireId, requirePartitions, requireSize } from '../src/grammar/values.ts'
import { KeyField } from '../src/operations/pipe/key-field.ts'
import { type PipeResult, pipe } from '../src/operations/pipe/pipe.ts'
import { countText } from '../src/output/amounts.ts'
import { damageText } from '../src/output/damage.ts'
import { toJson } from '../src/output/json.ts'
import { isTerminal } from '../src/system/terminal.ts'

export default class Pipe extends BaseCommand {
  static override summary = 'consume, transform, produce and commit the offset, as one transaction'
  static override description =
    'Each record of FROM has its output in TO exactly once for read_committed readers, whatever happens to the run. Without --exec and --worker, it copies.'
  static override args = {
    from: Args.string({ required: true, ignoreStdin: true, description: 'topic to read' }),
    to: Args.string({ required: true, ignoreStdin: true, description: 'topic to write, made when there is none' }),
  }
  static override flags = pipeFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pipe)
    const createPartitions = flags['create-partitions']
    const openTransform = transformOf(flags, (bytes) => {
      if (!flags.quiet) writeStderr(bytes)
    })
    const cluster = this.openCluster(flags)
    let damaged = 0
    try {
      const result = await pipe({
        cluster,
        system: this.system,
        from: args.from,
        to: args.to,
        partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
        groupId: flags.group === undefined ? `pipe-${args.from}-${args.to}` : requireId('--group', flags.group),
        offsets: parseOffsetRange(flags.offset, this.system.clock.now()),
        isFollowing: flags.follow,
        isWanted: wantedBy(flags),
        keyField: flags['key-field'] === undefined ? null : new KeyField(flags['key-field']),
        openTransform,
        codec: CODEC_NAMES.indexOf(flags.compression),
        batchBytes: requireSize('--batch-bytes', flags['batch-bytes']),
        recordsPerTransaction: requireCount('--transaction-every', flags['transaction-every'], 1),
        createPartitions: createPartitions === undefined ? null : requireCount('--create-partitions', createPartitions, 1),
        signal: this.signal,
        onTopicCreated: (name, partitions) => this.note(`leat: made topic '${name}' with ${counted(partitions, 'partition')}`),
        onDamage: (damage) => {
          damaged++
          this.note(`leat: ${damageText(damage)}`)
        },
        note: (text) => this.note(text),
      })
      if (flags.json) await this.print(`${toJson(result)}\n`)
      else if (flags.verbose || this.signal.aborted || (process.env['CI'] === undefined && isTerminal(2)))
        this.note(`leat: ${resultText(result)}`)
    } finally {
      await cluster.close()
    }
    if (damaged > 0) this.endWith(exitCodes.partial)
  }
}

function resultText({ read, stored, transactions }: PipeResult): string {
  return `${countText(read)} read, ${countText(stored)} stored, ${countText(transactions)} ${transactions === 1 ? 'transaction' : 'transactions'}`
}
