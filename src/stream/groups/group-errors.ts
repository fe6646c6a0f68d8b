// What a group coordinator refuses, by Kafka's names. Commands throw these; where Kafka answers for each partition, a response carries
// them.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'

export function invalidRequest(what: string): LeatError {
  return new LeatError('INVALID_REQUEST', what, { exitCode: exitCodes.usage })
}

export function groupIdNotFound(groupId: string): LeatError {
  return new LeatError('GROUP_ID_NOT_FOUND', `there is no group '${groupId}'`, { hint: 'List them with `leat group list`.' })
}

export function notAConsumerGroup(groupId: string, type: string): LeatError {
  return new LeatError(
    'GROUP_ID_NOT_FOUND',
    `group '${groupId}' is a ${type.toLowerCase()} group with members, not a consumer group of KIP-848`,
    {
      hint: 'Wait until its members have left, or use another group.',
    },
  )
}

export function unknownMemberId(groupId: string, member: string): LeatError {
  return new LeatError('UNKNOWN_MEMBER_ID', `${member} is not a member of group '${groupId}'`, {
    hint: 'It was away for longer than its session timeout, or it left; it has to join again.',
  })
}

export function fencedMemberEpoch(groupId: string, memberId: string, received: number, known: number): LeatError {
  return new LeatError(
    'FENCED_MEMBER_EPOCH',
    `member ${memberId} of group '${groupId}' came with epoch ${received}, but the coordinator has it at epoch ${known}`,
    { hint: 'It has to give up all its partitions and join again.' },
  )
}

export function staleMemberEpoch(groupId: string, memberId: string, received: number, known: number): LeatError {
  return new LeatError(
    'STALE_MEMBER_EPOCH',
    `member ${memberId} of group '${groupId}' came with epoch ${received}, but its epoch is ${known}`,
    { hint: 'Heartbeat, then try again for the partitions that it still has.' },
  )
}

export function illegalGeneration(groupId: string, memberId: string, received: number, known: number): LeatError {
  return new LeatError(
    'ILLEGAL_GENERATION',
    `member ${memberId} of group '${groupId}' came with generation ${received}, but the group's is ${known}`,
    { hint: 'It has to join again.' },
  )
}

export function unreleasedInstanceId(groupId: string, instanceId: string, owner: string): LeatError {
  return new LeatError('UNRELEASED_INSTANCE_ID', `instance id '${instanceId}' of group '${groupId}' is in use by member ${owner}`, {
    hint: 'Stop that member first, or use another instance id.',
  })
}

export function fencedInstanceId(groupId: string, instanceId: string, owner: string): LeatError {
  return new LeatError('FENCED_INSTANCE_ID', `instance id '${instanceId}' of group '${groupId}' belongs to another member now, ${owner}`, {
    hint: 'Two processes run with the same instance id: stop one of them.',
  })
}

export function groupMaxSizeReached(groupId: string, size: number): LeatError {
  return new LeatError('GROUP_MAX_SIZE_REACHED', `group '${groupId}' has ${size} members, as many as it may have`)
}

export function unsupportedAssignor(name: string, known: readonly string[]): LeatError {
  return new LeatError('UNSUPPORTED_ASSIGNOR', `there is no assignor '${name}'`, {
    hint: `There are ${known.join(', ')}.`,
    exitCode: exitCodes.usage,
  })
}

export function invalidRegularExpression(pattern: string, why: string): LeatError {
  return new LeatError('INVALID_REGULAR_EXPRESSION', `'${pattern}' is not a regular expression: ${why}`, {
    hint: 'Patterns are those of RE2: no look-around and no back-references.',
    exitCode: exitCodes.usage,
  })
}

export function nonEmptyGroup(groupId: string): LeatError {
  return new LeatError('NON_EMPTY_GROUP', `group '${groupId}' has members`, { hint: 'Stop them first; `leat group members` names them.' })
}

export function groupSubscribedToTopic(groupId: string, topic: string): LeatError {
  return new LeatError('GROUP_SUBSCRIBED_TO_TOPIC', `group '${groupId}' has members that are subscribed to topic '${topic}'`, {
    hint: 'Stop them first; `leat group members` names them.',
  })
}

export function offsetMetadataTooLarge(topic: string, partition: number, maxLength: number): LeatError {
  return new LeatError(
    'OFFSET_METADATA_TOO_LARGE',
    `the metadata of the offset of ${topic}-${partition} is longer than ${maxLength} characters`,
  )
}

export function unstableOffsetCommit(topic: string, partition: number): LeatError {
  return new LeatError('UNSTABLE_OFFSET_COMMIT', `a transaction that is still open has committed an offset of ${topic}-${partition}`, {
    hint: 'Try again when it has ended.',
  })
}

export function offsetsMoved(groupId: string, topic: string, partition: number): LeatError {
  return new LeatError('OFFSETS_MOVED', `somebody else has moved the committed offset of group '${groupId}' in ${topic}-${partition}`, {
    hint: 'One run at a time reads a partition for a group: give each its own partitions (-p), or its own group (-g). Run it again to go on from there.',
  })
}
