// Hashes the keys of records (see record-cursor.ts): of each that has one, four words of 32 bits, the hash and the offset delta. Every length is
// checked; where anything is not as it should be, it gives up.
//
//   hashKeys(from, end, recordCount, lastOffsetDelta)  →  RESULT: where the output ends, 0 when it gave up
//
// The hash is that of log/cleaner/key-hash.ts, which draws it; SEED has its four words.
import {
  add,
  and,
  type Code,
  exclusiveOr,
  isAbove,
  isAtLeast,
  isBelow,
  load32,
  load8,
  type Local,
  locals,
  or,
  repeatWhile,
  rotateLeft,
  shiftLeft,
  shiftRight,
  store32,
  subtract,
  type WasmFunction,
  when,
} from '../../bytes/wasm/assembler.ts'
import { OUTPUT, RESULT, SEED } from './layout.ts'
import { giveUpWhen, NULL_LENGTH, recordFields } from './record-fields.ts'

const { from, end, remaining, lastOffsetDelta, to, recordEnd, byte, raw, shift, offsetDelta, size, keyEnd, word, v0, v1, v2, v3 } = locals(
  'from',
  'end',
  'remaining',
  'lastOffsetDelta',
  'to',
  'recordEnd',
  'byte',
  'raw',
  'shift',
  'offsetDelta',
  'size',
  'keyEnd',
  'word',
  'v0',
  'v1',
  'v2',
  'v3',
)

export const HASH_ENTRY_BYTES = 16
const WORD_BYTES = 4
const FINAL_ROUNDS = 3

const { readRaw, eachRecord } = recordFields({ from, raw, byte, shift })

/** `to` takes a part in: it is rotated, and what it is combined with goes on top. */
const rotateInto = (local: Local, bits: number, other: Local): Code => local.set(exclusiveOr(rotateLeft(local, bits), other))

const round = (): Code[] => [
  v0.add(v1),
  rotateInto(v1, 5, v0),
  v0.set(rotateLeft(v0, 16)),
  v2.add(v3),
  rotateInto(v3, 8, v2),
  v0.add(v3),
  rotateInto(v3, 7, v0),
  v2.add(v1),
  rotateInto(v1, 13, v2),
  v2.set(rotateLeft(v2, 16)),
]

const takeWord = (): Code[] => [v3.set(exclusiveOr(v3, word)), ...round(), v0.set(exclusiveOr(v0, word))]

/** Whole words, and then the last one, which overlaps the one before it; of fewer than four bytes, all of them. */
const hashKey = (): Code[] => [
  v0.set(exclusiveOr(load32(SEED), size)),
  v1.set(load32(SEED, 4)),
  v2.set(load32(SEED, 8)),
  v3.set(load32(SEED, 12)),
  repeatWhile(isBelow(add(from, WORD_BYTES), keyEnd), word.set(load32(from)), ...takeWord(), from.add(WORD_BYTES)),
  word.set(0),
  when(isAtLeast(size, WORD_BYTES), word.set(load32(subtract(keyEnd, WORD_BYTES))), from.set(keyEnd)),
  repeatWhile(isBelow(from, keyEnd), word.set(or(shiftLeft(word, 8), load8(from))), from.add(1)),
  ...takeWord(),
  v2.set(exclusiveOr(v2, 0xff)),
  ...Array.from({ length: FINAL_ROUNDS }, round).flat(),
]

const storeEntry = (): Code[] => [
  store32(to, 0, exclusiveOr(v0, v3)),
  store32(to, 4, v1),
  store32(to, 8, v2),
  store32(to, 12, offsetDelta),
  to.add(HASH_ENTRY_BYTES),
]

const takeKey = (): Code[] => [
  giveUpWhen(or(and(raw, 1), isAbove(from, recordEnd))),
  size.set(shiftRight(raw, 1)),
  giveUpWhen(isAbove(size, subtract(recordEnd, from))),
  keyEnd.set(add(from, size)),
  ...hashKey(),
  ...storeEntry(),
]

const body = (): Code[] => [
  store32(RESULT, 0, 0),
  to.set(OUTPUT),
  eachRecord(
    { remaining, end, recordEnd, lastOffsetDelta },
    offsetDelta.set(shiftRight(raw, 1)),
    ...readRaw(),
    when(subtract(raw, NULL_LENGTH), ...takeKey()),
    from.set(recordEnd),
  ),
  giveUpWhen(isBelow(from, end)),
  store32(RESULT, 0, to),
]

export const hashKeys: WasmFunction = { name: 'hashKeys', parameters: 4, integers: 13, vectors: 0, body }
