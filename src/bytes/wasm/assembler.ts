// WebAssembly written as expressions, so that the few loops worth it need no other compiler. A module is
//
//   "\0asm" 1 · sections: 1 types · 3 functions · 5 memory · 7 exports · 10 code      (section: id · size · count · entries)
//
// Everything is an i32 but for 16-byte vectors, comparisons are unsigned, and loads and stores need no alignment. Functions return
// nothing: what they find, they leave in the memory.

export type Code = readonly number[]
export type Operand = Code | Local | number

export class Local {
  readonly index: number

  constructor(index: number) {
    this.index = index
  }

  set(value: Operand): Code {
    return [...codeOf(value), 0x21, ...unsigned(this.index)]
  }

  add(value: Operand): Code {
    return this.set(add(this, value))
  }
}

export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  /** Further locals: i32 ones first. */
  readonly integers: number
  readonly vectors: number
  /** Made when it is needed: few commands do. */
  readonly body: () => readonly Code[]
}

const I32 = 0x7f
const V128 = 0x7b
const NO_RESULT = 0x40
const END = 0x0b
const VECTOR = 0xfd

const operation =
  (...opcode: readonly number[]) =>
  (...operands: readonly Operand[]): Code => [...operands.flatMap(codeOf), ...opcode]

/** Loads and stores, at an address plus a constant. */
const access =
  (...opcode: readonly number[]) =>
  (address: Operand, offset = 0, ...value: readonly Operand[]): Code => [
    ...codeOf(address),
    ...value.flatMap(codeOf),
    ...opcode,
    0,
    ...unsigned(offset),
  ]

export const isZero = operation(0x45)
export const isBelow = operation(0x49)
export const isAbove = operation(0x4b)
export const isAtLeast = operation(0x4f)
export const trailingZeros = operation(0x68)
export const add = operation(0x6a)
export const subtract = operation(0x6b)
export const and = operation(0x71)
export const or = operation(0x72)
export const exclusiveOr = operation(0x73)
export const shiftLeft = operation(0x74)
export const shiftRight = operation(0x76)
export const rotateLeft = operation(0x77)
/** The first operand where the third is not 0, else the second. */
export const select = operation(0x1b)

export const load8 = access(0x2d)
export const load32 = access(0x28)
export const store8 = access(0x3a)
export const store32 = access(0x36)
export const load128 = access(VECTOR, 0x00)
export const store128 = access(VECTOR, 0x0b)
/** A byte, sixteen times. */
export const splat = operation(VECTOR, 0x0f)
/** Bytes that are the same become 0xff, others 0. */
export const equalBytes = operation(VECTOR, 0x23)
/** The top bit of each byte. */
export const topBits = operation(VECTOR, 0x64)

export const leave: Code = [0x0f]

export function when(condition: Operand, ...body: readonly Code[]): Code {
  return [...codeOf(condition), 0x04, NO_RESULT, ...body.flat(), END]
}

export function repeatWhile(condition: Operand, ...body: readonly Code[]): Code {
  return [0x03, NO_RESULT, ...when(condition, ...body, [0x0c, 1]), END]
}

/** A function's parameters, i32 locals and vectors, in this order. */
export function locals<const Name extends string>(...names: Name[]): Record<Name, Local> {
  // `fromEntries` forgets the names.
  return Object.fromEntries(names.map((name, index) => [name, new Local(index)])) as Record<Name, Local>
}

/** The bytes of a module that exports the functions and `memory`. */
export function assemble(functions: readonly WasmFunction[], memoryPages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...sized(Array<number>(parameters).fill(I32)), 0])
  const exported = functions.map(({ name }, index) => [...text(name), 0, index])
  const code = functions.map(({ integers, vectors, body }) => {
    const declarations = list([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ])
    return sized([...declarations, ...body().flat(), END])
  })
  const sections: readonly [id: number, entries: readonly Code[]][] = [
    [1, types],
    [3, functions.map((_, index) => [index])],
    [5, [[0, ...unsigned(memoryPages)]]],
    [7, [...exported, [...text('memory'), 2, 0]]],
    [10, code],
  ]
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flatMap(([id, entries]) => [id, ...sized(list(entries))])])
}

function codeOf(operand: Operand): Code {
  if (typeof operand === 'number') return [0x41, ...signed(operand)]
  return operand instanceof Local ? [0x20, ...unsigned(operand.index)] : operand
}

function list(entries: readonly Code[]): Code {
  return [...unsigned(entries.length), ...entries.flat()]
}

function sized(bytes: Code): Code {
  return [...unsigned(bytes.length), ...bytes]
}

function text(name: string): Code {
  return sized([...Buffer.from(name)])
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
