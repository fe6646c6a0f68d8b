import { MoveOffsetsCommand } from '../move-offsets-command.ts'
import { groupFlag } from '../shared-flags.ts'
import { LeatError, exitCodes } from '../../src/errors/leat-error.ts'
import { parseOffsetBound } from '../../src/grammar/offset.ts'
import type { OffsetTarget } from '../../src/operations/group/move-offsets.ts'
import { parseTopicScope } from '../../src/operations/group/scope.ts'

export default class GroupSeek extends MoveOffsetsCommand {
  static override summary = "move a group's committed offsets to a place in its topics"
  static override usage = 'group seek GROUP TOPIC[:PARTITIONS]… OFFSET'
  static override strict = false
  static override flags = { group: groupFlag, ...MoveOffsetsCommand.flags }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(GroupSeek)
    const [groupId, ...rest] = [...(flags.group === undefined ? [] : [flags.group]), ...argv]
    const offset = rest.pop()
    if (groupId === undefined || offset === undefined || rest.length === 0)
      throw new LeatError('USAGE', 'a group, a topic and an offset are needed', {
        hint: 'leat group seek billing orders:0,2 +100 (offsets as consume -o takes them; +N and -N count from where the group is)',
        exitCode: exitCodes.usage,
      })
    const scope = rest.map((text) => parseTopicScope('group seek', text))
    const target = targetOf(offset, this.system.clock.now())
    await this.move({ groupId, scope, target, isExported: false }, flags)
  }
}

/** A sign counts from where the group is. */
function targetOf(text: string, nowMs: bigint): OffsetTarget {
  return /^[+-]\d{1,19}$/.test(text) ? { kind: 'shift', by: BigInt(text.replace('+', '')) } : parseOffsetBound(text, nowMs, 'group seek')
}
