// A command that takes records out of a dead-letter topic, and tells where they went.
import type { TakeOutFlags } from './take-out-flags.ts'
import { TakeOutProgress } from './take-out-progress.ts'
import { BaseCommand } from '../base-command.ts'
import { queryOf } from '../dlq-flags.ts'
import type { Cluster } from '../../src/client/cluster.ts'
import { requireCount } from '../../src/grammar/values.ts'
import type { TakeOutOptions } from '../../src/operations/dlq/take-out.ts'
import type { TakenOut } from '../../src/operations/dlq/taken-out.ts'
import { damageText } from '../../src/output/damage.ts'
import { toJson } from '../../src/output/json.ts'
import { exitCodeOf, notesOn, targetTable } from '../../src/output/taken-out.ts'

export type CommonOptions = Omit<TakeOutOptions, 'edit' | 'ratePerSecond' | 'batchRecords' | 'pauseMs' | 'stopOnFailure'> & {
  readonly onTopicCreated: (topic: string, partitions: number) => void
}

export abstract class TakeOutCommand extends BaseCommand {
  protected async takeOut(
    topic: string,
    flags: TakeOutFlags,
    verb: string,
    action: (options: CommonOptions) => Promise<TakenOut>,
  ): Promise<TakenOut> {
    const progress = new TakeOutProgress(flags.quiet)
    let damaged = 0
    const options = (cluster: Cluster): CommonOptions => ({
      cluster,
      system: this.system,
      topic,
      query: queryOf(flags, this.system.clock.now()),
      max: flags.max === undefined ? Number.POSITIVE_INFINITY : requireCount('--max', flags.max, 1),
      isExactlyOnce: flags['exactly-once'],
      isDryRun: flags['dry-run'],
      signal: this.signal,
      onDamage: (damage) => {
        damaged++
        this.note(`leat: ${damageText(damage)}`)
      },
      onTopicCreated: (name, partitions) =>
        this.note(`leat: made topic '${name}' with ${partitions} partition${partitions === 1 ? '' : 's'}`),
      note: (text) => this.note(text),
      onProgress: progress.show,
    })
    const result = await this.withCluster(flags, (cluster) => action(options(cluster)).finally(() => progress.end()))
    await this.print(flags.json ? `${toJson(result)}\n` : targetTable(result))
    for (const note of notesOn(result, verb)) this.note(note)
    this.endWith(exitCodeOf(result, damaged))
    return result
  }
}
