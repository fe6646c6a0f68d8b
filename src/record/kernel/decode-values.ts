// Takes the values out of records (see record-cursor.ts), each followed by a delimiter. Every length is checked; where anything is not
// as it should be, or a value is null, it gives up, and the cursor tells what is wrong.
//
//   decodeValues(delimiter, from, end, recordCount, lastOffsetDelta)  →  RESULT: where the output ends, 0 when it gave up
import {
  and,
  type Code,
  isAbove,
  isBelow,
  isZero,
  load128,
  locals,
  or,
  repeatWhile,
  store128,
  store32,
  store8,
  subtract,
  type WasmFunction,
  when,
} from '../../bytes/wasm/assembler.ts'
import { OUTPUT, RESULT, VECTOR_BYTES } from './layout.ts'
import { giveUpWhen, recordFields } from './record-fields.ts'

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

const { readRaw, readLength, eachRecord, skipBytes } = recordFields({ from, raw, byte, shift })

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
  eachRecord({ remaining, end, recordEnd, lastOffsetDelta }, ...skipBytes(recordEnd), ...copyValue(), ...skipHeaders()),
  giveUpWhen(isBelow(from, end)),
  store32(RESULT, 0, to),
]

export const decodeValues: WasmFunction = { name: 'decodeValues', parameters: 5, integers: 7, vectors: 0, body }
