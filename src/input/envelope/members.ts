// What the members of a record are called by the tools that print records as JSON. The forms of their values differ too, but never
// in a way that could be mistaken (envelope-parser.ts reads each form by its JSON type), so a record's dialect is its names:
//
//   leat              topic partition offset timestamp timestampType key value headers
//   rpk -f json       topic partition offset timestamp key value headers; null and empty ones left out
//   kcat -J           topic partition offset tstype ts broker headers key payload
//   kaf json-each-row topic partition offset timestamp headers key payload; null is printed as empty
//   kafkactl -o json  Partition Offset Headers Key Value Timestamp; null keys left out, no topic
//
// Offsets are where a record was, not where it goes, and are passed over; so is any other member.

import { sameBytes } from '../same-bytes.ts'

/** What a member says about the record. */
export const members = {
  passedOver: 0,
  topic: 1,
  partition: 2,
  timestamp: 3,
  key: 4,
  value: 5,
  headers: 6,
  /** A transaction marker (`leat consume --control`). */
  control: 7,
  /** kcat could not decode a key or payload, and printed null for it. */
  undecoded: 8,
} as const

export type Member = (typeof members)[keyof typeof members]

export interface MemberName {
  readonly text: string
  readonly bytes: Buffer
  readonly member: Member
}

const NAMES: readonly MemberName[] = (
  [
    ['topic', members.topic],
    ['partition', members.partition],
    ['Partition', members.partition],
    ['offset', members.passedOver],
    ['Offset', members.passedOver],
    ['timestamp', members.timestamp],
    ['Timestamp', members.timestamp],
    ['ts', members.timestamp],
    ['tstype', members.passedOver],
    ['broker', members.passedOver],
    ['key', members.key],
    ['Key', members.key],
    ['value', members.value],
    ['Value', members.value],
    ['payload', members.value],
    ['headers', members.headers],
    ['Headers', members.headers],
    ['control', members.control],
    ['key_error', members.undecoded],
    ['payload_error', members.undecoded],
  ] as const
).map(([text, member]) => ({ text, bytes: Buffer.from(text), member }))

/** Names by their length and first letter, which few of them share. */
const BUCKETS: readonly (readonly MemberName[])[] = Array.from({ length: 256 }, (_, bucket) =>
  NAMES.filter(({ bytes }) => bucketOf(bytes[0] as number, bytes.length) === bucket),
)

function bucketOf(first: number, length: number): number {
  return (first ^ (length << 4)) & 0xff
}

/** The known name that the bytes are, or null. */
export function findMember(bytes: Buffer, start: number, end: number): MemberName | null {
  const bucket = BUCKETS[bucketOf(bytes[start] as number, end - start)] as readonly MemberName[]
  for (let index = 0; index < bucket.length; index++) {
    const name = bucket[index] as MemberName
    if (sameBytes(bytes, start, end, name.bytes)) return name
  }
  return null
}
