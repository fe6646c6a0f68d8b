// Finds a byte in the input: all its positions, plus `shift`, as int32 in the output. After the end there must be a vector of other bytes.
//
//   lineEnds(byte, from, end, shift)  →  RESULT: where the positions end
import {
  add,
  and,
  type Code,
  equalBytes,
  isBelow,
  load128,
  locals,
  repeatWhile,
  splat,
  store32,
  subtract,
  topBits,
  trailingZeros,
  type WasmFunction,
} from '../../bytes/wasm/assembler.ts'
import { OUTPUT, RESULT, VECTOR_BYTES } from './layout.ts'

const { byte, from, end, shift, to, found, pattern } = locals('byte', 'from', 'end', 'shift', 'to', 'found', 'pattern')

const body = (): Code[] => [
  pattern.set(splat(byte)),
  to.set(OUTPUT),
  repeatWhile(
    isBelow(from, end),
    found.set(topBits(equalBytes(load128(from), pattern))),
    repeatWhile(
      found,
      store32(to, 0, add(add(from, shift), trailingZeros(found))),
      to.add(4),
      // The lowest bit goes.
      found.set(and(found, subtract(found, 1))),
    ),
    from.add(VECTOR_BYTES),
  ),
  store32(RESULT, 0, to),
]

export const lineEnds: WasmFunction = { name: 'lineEnds', parameters: 4, integers: 2, vectors: 1, body }
