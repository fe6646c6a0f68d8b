// Reads fields of records (see record-cursor.ts) at `from`, which then stands after them. Where one cannot be right, the function gives up.
import {
  add,
  and,
  type Code,
  isAbove,
  isAtLeast,
  isBelow,
  leave,
  load8,
  type Local,
  type Operand,
  or,
  repeatWhile,
  shiftLeft,
  shiftRight,
  subtract,
  when,
} from '../../bytes/wasm/assembler.ts'

/** Zigzag of -1. */
export const NULL_LENGTH = 1
const MAX_SHIFT = 28
/** Longer timestamp deltas are left to the cursor. */
const MAX_DELTA_BYTES = 7

export interface FieldLocals {
  readonly from: Local
  /** What a varint gives. */
  readonly raw: Local
  readonly byte: Local
  readonly shift: Local
}

export interface RecordLocals {
  /** Records that are still to come. */
  readonly remaining: Local
  /** Of all records. */
  readonly end: Local
  /** Of the present one. */
  readonly recordEnd: Local
  readonly lastOffsetDelta: Local
}

export interface RecordFields {
  /** Takes a varint into `raw`, not yet unzigzagged. */
  readRaw(): Code[]
  /** Takes a length into `into`; it must not be negative, or more than is left before `limit`. */
  readLength(into: Local, limit: Local): Code[]
  /** `rest` follows the offset delta of each record, which is in `raw`, not yet unzigzagged. */
  eachRecord(records: RecordLocals, ...rest: Code[]): Code
  /** A key or a value, which may be null, before `limit`. */
  skipBytes(limit: Local): Code[]
}

export const giveUpWhen = (condition: Operand): Code => when(condition, leave)

export function recordFields({ from, raw, byte, shift }: FieldLocals): RecordFields {
  const readRaw = (): Code[] => [
    byte.set(load8(from)),
    from.add(1),
    raw.set(and(byte, 0x7f)),
    shift.set(7),
    repeatWhile(
      isAtLeast(byte, 0x80),
      giveUpWhen(isAbove(shift, MAX_SHIFT)),
      byte.set(load8(from)),
      from.add(1),
      raw.set(or(raw, shiftLeft(and(byte, 0x7f), shift))),
      shift.add(7),
    ),
  ]
  const readLength = (into: Local, limit: Local): Code[] => [
    ...readRaw(),
    giveUpWhen(or(and(raw, 1), isAbove(from, limit))),
    into.set(shiftRight(raw, 1)),
    giveUpWhen(isAbove(into, subtract(limit, from))),
  ]
  const checkOffsetDelta = (lastOffsetDelta: Local): Code => giveUpWhen(or(and(raw, 1), isAbove(shiftRight(raw, 1), lastOffsetDelta)))
  const skipTimestampDelta = (): Code[] => [
    shift.set(add(from, MAX_DELTA_BYTES)),
    repeatWhile(and(isAtLeast(load8(from), 0x80), isBelow(from, shift)), from.add(1)),
    from.add(1),
    giveUpWhen(isAbove(from, shift)),
  ]
  const eachRecord = ({ remaining, end, recordEnd, lastOffsetDelta }: RecordLocals, ...rest: Code[]): Code =>
    repeatWhile(
      remaining,
      remaining.set(subtract(remaining, 1)),
      ...readLength(recordEnd, end),
      recordEnd.add(from),
      from.add(1), // attributes, unused
      ...skipTimestampDelta(),
      ...readRaw(),
      checkOffsetDelta(lastOffsetDelta),
      ...rest,
    )
  const skipBytes = (limit: Local): Code[] => [
    ...readRaw(),
    when(
      subtract(raw, NULL_LENGTH),
      giveUpWhen(or(and(raw, 1), isAbove(from, limit))),
      raw.set(shiftRight(raw, 1)),
      giveUpWhen(isAbove(raw, subtract(limit, from))),
      from.add(raw),
    ),
  ]
  return { readRaw, readLength, eachRecord, skipBytes }
}
