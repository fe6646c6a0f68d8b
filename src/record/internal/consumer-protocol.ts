// What the members of a classic consumer group tell each other through the coordinator, which does not look inside:
//
//   version int16 · fields
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import { type Json, array, int32, nullableBytes, nullableString, string, withDefault } from '../../bytes/field-types.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Message, NEVER, decode, message, since, struct, toJson } from '../../bytes/schema.ts'

const partitionsOfTopic = struct({ topic: string, partitions: array(int32) })

export const consumerProtocolSubscription = message(
  { versions: [0, 3], flexibleSince: NEVER },
  {
    topics: array(string),
    userData: nullableBytes,
    ownedPartitions: since(1, array(partitionsOfTopic)),
    generationId: since(2, withDefault(int32, -1)),
    rackId: since(3, nullableString),
  },
)

export const consumerProtocolAssignment = message(
  { versions: [0, 3], flexibleSince: NEVER },
  { assignedPartitions: array(partitionsOfTopic), userData: nullableBytes },
)

/** Its fields, or base64 where the bytes are something else: members may use a protocol of their own. */
export function consumerProtocolJson<F extends Fields>(schema: Message<F>, bytes: Buffer): Json {
  try {
    const reader = new ByteReader(bytes)
    const version = reader.int16()
    return toJson(schema, version, decode(schema, version, reader))
  } catch (error) {
    if (error instanceof TruncatedInput || error instanceof MalformedInput) return bytes.toString('base64')
    throw error
  }
}
