// Takes the values out of records (see record-cursor.ts), each followed by a delimiter. Every length is checked; where anything is not
// as it should be, or a value is null, it gives up, and the cursor tells what is wrong.
//
//   decodeValues(delimiter, from, end, recordCount, lastOffsetDelta)  →  RESULT: where the output ends, 0 when it gave up
import {
  add,
  and,
  type Code,
  isAbove,
  isAtLeast,
  isBelow,
  isZero,
  leave,
  load128,
  load8,
  type Local,
  locals,
  or,
  repeatWhile,
  shiftLeft,
  shiftRight,
  store128,
  store32,
  store8,
  subtract,
  type WasmFunction,
  when,
} from '../../bytes/wasm/assembler.ts'
import { OUTPUT, RESULT, VECTOR_BYTES } from './layout.ts'

const { delimiter, from, end, remaining, lastOffsetDelta, to, recordEnd, byte, raw, shift, valueEnd, copied } = locals(
  'delimiter',
  'from',
  'end',
  'remaining',
  'lastOffsetDelta',
  'to',
  'recordEnd',
  'byte',
  'raw',
  'shift',
  'valueEnd',
  'copied',
)

/** Zigzag of -1. */
const NULL_LENGTH = 1
const MAX_SHIFT = 28
/** Longer timestamp deltas are left to the cursor. */
const MAX_DELTA_BYTES = 7

const giveUpWhen = (condition: Code): Code => when(condition, leave)

/** Takes a varint into `raw`, not yet unzigzagged. */
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

/** Takes a length into `into`, and gives up where it is negative or more than is left before `limit`. */
const readLength = (into: Local, limit: Local): Code[] => [
  ...readRaw(),
  giveUpWhen(or(and(raw, 1), isAbove(from, limit))),
  into.set(shiftRight(raw, 1)),
  giveUpWhen(isAbove(into, subtract(limit, from))),
]

const skipTimestampDelta = (): Code[] => [
  shift.set(add(from, MAX_DELTA_BYTES)),
  repeatWhile(and(isAtLeast(load8(from), 0x80), isBelow(from, shift)), from.add(1)),
  from.add(1),
  giveUpWhen(isAbove(from, shift)),
]

const skipKey = (): Code[] => [
  ...readRaw(),
  when(
    subtract(raw, NULL_LENGTH),
    giveUpWhen(or(and(raw, 1), isAbove(from, recordEnd))),
    raw.set(shiftRight(raw, 1)),
    giveUpWhen(isAbove(raw, subtract(recordEnd, from))),
    from.add(raw),
  ),
]

const copyValue = (): Code[] => [
  ...readLength(valueEnd, recordEnd),
  valueEnd.add(from),
  copied.set(to),
  to.add(subtract(valueEnd, from)),
  repeatWhile(isBelow(copied, to), store128(copied, 0, load128(from)), copied.add(VECTOR_BYTES), from.add(VECTOR_BYTES)),
  store8(to, 0, delimiter),
  to.add(1),
  from.set(valueEnd),
]

const skipHeaders = (): Code[] => [
  ...readRaw(),
  giveUpWhen(or(and(raw, 1), isAbove(from, recordEnd))),
  // Without headers the record ends here.
  when(isZero(raw), giveUpWhen(isBelow(from, recordEnd))),
  from.set(recordEnd),
]

const body = (): Code[] => [
  store32(RESULT, 0, 0),
  to.set(OUTPUT),
  repeatWhile(
    remaining,
    remaining.set(subtract(remaining, 1)),
    ...readLength(recordEnd, end),
    recordEnd.add(from),
    from.add(1),
    ...skipTimestampDelta(),
    ...readRaw(),
    giveUpWhen(or(and(raw, 1), isAbove(shiftRight(raw, 1), lastOffsetDelta))),
    ...skipKey(),
    ...copyValue(),
    ...skipHeaders(),
  ),
  giveUpWhen(isBelow(from, end)),
  store32(RESULT, 0, to),
]

export const decodeValues: WasmFunction = { name: 'decodeValues', parameters: 5, integers: 7, vectors: 0, body }
