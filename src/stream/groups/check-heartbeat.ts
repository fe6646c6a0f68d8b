// What a heartbeat must say, whatever the state of its group.
import { ASSIGNOR_NAMES, isAssignorName } from './assignors/index.ts'
import { invalidRequest, unsupportedAssignor } from './group-errors.ts'
import { JOIN_EPOCH, STATIC_LEAVE_EPOCH } from './group-member.ts'
import type { ConsumerGroupHeartbeatRequest } from './requests.ts'
import { topicPattern } from './topic-pattern.ts'

/** The members' records have no room for more. */
const MAX_STRING_BYTES = 32_767

/** @throws LeatError INVALID_REQUEST, UNSUPPORTED_ASSIGNOR, INVALID_REGULAR_EXPRESSION */
export function checkHeartbeat(request: ConsumerGroupHeartbeatRequest): void {
  const { memberEpoch, serverAssignor, subscribedTopicRegex } = request
  for (const name of ['groupId', 'memberId', 'instanceId', 'rackId'] as const)
    if (request[name]?.trim() === '') throw invalidRequest(`the ${name} of a heartbeat is empty`)
  for (const name of ['groupId', 'memberId', 'instanceId', 'rackId', 'subscribedTopicRegex'] as const)
    if (Buffer.byteLength(request[name] ?? '') > MAX_STRING_BYTES)
      throw invalidRequest(`the ${name} of a heartbeat is longer than ${MAX_STRING_BYTES} bytes`)
  if (memberEpoch < STATIC_LEAVE_EPOCH) throw invalidRequest(`there is no member epoch ${memberEpoch}`)
  if (memberEpoch === STATIC_LEAVE_EPOCH && request.instanceId === null)
    throw invalidRequest('a member without an instance id cannot leave for a time (epoch -2)')
  if (memberEpoch === JOIN_EPOCH) checkJoin(request)
  if (serverAssignor !== null && !isAssignorName(serverAssignor)) throw unsupportedAssignor(serverAssignor, ASSIGNOR_NAMES)
  if (subscribedTopicRegex !== null) topicPattern(subscribedTopicRegex)
}

function checkJoin({
  rebalanceTimeoutMs,
  topicPartitions,
  subscribedTopicNames,
  subscribedTopicRegex,
}: ConsumerGroupHeartbeatRequest): void {
  if (rebalanceTimeoutMs === -1) throw invalidRequest('a member that joins has to say its rebalance timeout')
  if (topicPartitions === null || topicPartitions.length > 0)
    throw invalidRequest('a member that joins has no partitions, and has to say so')
  if (subscribedTopicNames === null && subscribedTopicRegex === null)
    throw invalidRequest('a member that joins has to say which topics it is subscribed to')
}
