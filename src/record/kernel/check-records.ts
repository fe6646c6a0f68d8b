// Looks whether records (see record-cursor.ts) are sound: every field within its record, every record within its batch, offsets that rise. Records with
// headers are left to the cursor.
//
//   checkRecords(from, end, recordCount, lastOffsetDelta)  →  RESULT: 1 when all of them are, 0 when it gave up
import { add, type Code, isBelow, locals, shiftRight, store32, subtract, type WasmFunction } from '../../bytes/wasm/assembler.ts'
import { RESULT } from './layout.ts'
import { giveUpWhen, recordFields } from './record-fields.ts'

const { from, end, remaining, lastOffsetDelta, recordEnd, byte, raw, shift, lowestDelta } = locals(
  'from',
  'end',
  'remaining',
  'lastOffsetDelta',
  'recordEnd',
  'byte',
  'raw',
  'shift',
  'lowestDelta',
)

const { readRaw, eachRecord, skipBytes } = recordFields({ from, raw, byte, shift })

const body = (): Code[] => [
  store32(RESULT, 0, 0),
  eachRecord(
    { remaining, end, recordEnd, lastOffsetDelta },
    raw.set(shiftRight(raw, 1)),
    giveUpWhen(isBelow(raw, lowestDelta)),
    lowestDelta.set(add(raw, 1)),
    ...skipBytes(recordEnd),
    ...skipBytes(recordEnd),
    ...readRaw(),
    giveUpWhen(raw),
    giveUpWhen(subtract(from, recordEnd)),
  ),
  giveUpWhen(subtract(from, end)),
  store32(RESULT, 0, 1),
]

export const checkRecords: WasmFunction = { name: 'checkRecords', parameters: 4, integers: 5, vectors: 0, body }
