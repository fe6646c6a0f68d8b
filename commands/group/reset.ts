import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { MoveOffsetsCommand } from '../move-offsets-command.ts'
import { resetTargetOf, targetFlags } from '../reset-target.ts'
import { groupFlag } from '../shared-flags.ts'
import { parseTopicScope } from '../../src/operations/group/scope.ts'
import { LeatError, exitCodes } from '../../src/errors/leat-error.ts'

export default class GroupReset extends MoveOffsetsCommand {
  static override summary = "move a group's committed offsets"
  static override usage = 'group reset GROUP'
  static override args = { group: Args.string({ ignoreStdin: true, description: 'group' }) }
  static override flags = {
    group: groupFlag,
    topic: Flags.string({
      char: 't',
      summary: 'a topic, or some of its partitions (orders:0,2)',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['all-topics'],
    }),
    'all-topics': Flags.boolean({ summary: 'all topics that the group has committed offsets of' }),
    ...targetFlags,
    ...MoveOffsetsCommand.flags,
    export: Flags.boolean({ summary: 'print where to as lines that group import takes; moves nothing without -y' }),
    'reset-offsets': Flags.boolean({ hidden: true, summary: "Kafka's word for this command" }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GroupReset)
    const groupId = this.oneGroup(args.group, flags.group)
    const target = resetTargetOf(flags, this.system.clock.now())
    if (flags.topic === undefined && !flags['all-topics'])
      throw new LeatError('USAGE', 'which topics?', {
        hint: 'Give --topic orders (or orders:0,2), or --all-topics.',
        exitCode: exitCodes.usage,
      })
    const scope = flags.topic?.map((text) => parseTopicScope('--topic', text)) ?? null
    await this.move({ groupId, scope, target, isExported: flags.export }, flags)
  }
}
