// Makes records of lines: values without keys and headers, all with one timestamp.
//
//   record: length varint · attributes 0 · timestampDelta varlong · offsetDelta varint · keyLength -1 · valueLength varint · value · headerCount 0
//
//   encodeLines(delimiter, from, end, to, limit, offsetDelta, deltaSize)
//     → RESULT: where the next line begins, where the records end, the next offset delta
//
// It stops before a line that has no end before `end`, or whose end would take the records beyond `limit`.
import {
  add,
  and,
  type Code,
  equalBytes,
  isAtLeast,
  isBelow,
  isZero,
  leave,
  load128,
  type Local,
  locals,
  or,
  repeatWhile,
  select,
  shiftLeft,
  shiftRight,
  splat,
  store128,
  store32,
  store8,
  subtract,
  topBits,
  trailingZeros,
  type WasmFunction,
  when,
} from '../../bytes/wasm/assembler.ts'
import { DELTA, RESULT, VECTOR_BYTES } from './layout.ts'

const { delimiter, from, end, to, limit, offsetDelta, deltaSize, stop, at, length, raw, pattern } = locals(
  'delimiter',
  'from',
  'end',
  'to',
  'limit',
  'offsetDelta',
  'deltaSize',
  'stop',
  'at',
  'length',
  'raw',
  'pattern',
)

/** Bytes besides the delta, the offset and the value with its length: attributes, null key, no headers. */
const FIXED_BYTES = 3
/** -1, as a varint. */
const NULL_LENGTH = 1

const zigzag = (value: Local): Code => shiftLeft(value, 1)
const varintSize = (value: Code): Code =>
  add(
    1,
    [0x80, 0x4000, 0x200000, 0x10000000].map((size) => isAtLeast(value, size)).reduce((sum, more) => add(sum, more)),
  )

const writeVarint = (value: Code): Code[] => [
  raw.set(value),
  repeatWhile(isAtLeast(raw, 0x80), store8(to, 0, or(raw, 0x80)), to.add(1), raw.set(shiftRight(raw, 7))),
  store8(to, 0, raw),
  to.add(1),
]

const findLineEnd = (): Code[] => [
  stop.set(add(from, subtract(limit, to))),
  stop.set(select(stop, end, isBelow(stop, end))),
  at.set(from),
  length.set(0),
  repeatWhile(
    and(isZero(length), isBelow(at, stop)),
    length.set(topBits(equalBytes(load128(at), pattern))),
    when(isZero(length), at.add(VECTOR_BYTES)),
  ),
  when(length, at.add(trailingZeros(length))),
  when(isAtLeast(at, stop), store32(RESULT, 0, from), store32(RESULT, 4, to), store32(RESULT, 8, offsetDelta), leave),
  length.set(subtract(at, from)),
]

const writeRecord = (): Code[] => [
  raw.set(add(add(add(deltaSize, FIXED_BYTES), length), add(varintSize(zigzag(offsetDelta)), varintSize(zigzag(length))))),
  ...writeVarint(zigzag(raw)),
  store8(to, 0, 0),
  store128(to, 1, load128(DELTA)),
  to.set(add(add(to, 1), deltaSize)),
  ...writeVarint(zigzag(offsetDelta)),
  offsetDelta.add(1),
  store8(to, 0, NULL_LENGTH),
  to.add(1),
  ...writeVarint(zigzag(length)),
]

const copyValue = (): Code[] => [
  // `stop` is where the value ends in the output.
  stop.set(add(to, length)),
  repeatWhile(isBelow(to, stop), store128(to, 0, load128(from)), to.add(VECTOR_BYTES), from.add(VECTOR_BYTES)),
  store8(stop, 0, 0),
  to.set(add(stop, 1)),
  from.set(add(at, 1)),
]

const body = (): Code[] => [pattern.set(splat(delimiter)), repeatWhile(1, ...findLineEnd(), ...writeRecord(), ...copyValue())]

export const encodeLines: WasmFunction = { name: 'encodeLines', parameters: 7, integers: 4, vectors: 1, body }
