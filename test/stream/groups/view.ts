// Everything that a state holds, as text: what two states must agree in to be the same.
import { inspect } from 'node:util'
import type { GroupState } from '../../../src/stream/groups/group-state.ts'

export function viewOf(state: GroupState): string {
  const groups = state.groups.map((group) => {
    const base = {
      id: group.groupId,
      type: group.type,
      state: group.state,
      offsets: [...state.offsets.of(group.groupId)],
      pending: [...state.offsets.pendingOf(group.groupId)],
    }
    if (group.type !== 'Consumer') return base
    const { groupEpoch, metadataHash, assignmentEpoch, members, targets, patterns } = group
    return { ...base, groupEpoch, metadataHash, assignmentEpoch, members, targets, patterns }
  })
  return inspect(groups, { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true })
}
