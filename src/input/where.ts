// --where: which records are wanted, by an expression over their JSON values (see where-parser.ts), without parsing them whole.
//
// As in jq: a path that is not there is null, and null and false are false. Numbers are compared by value, integers of any length
// exactly; texts by code units. < and its like hold only between two numbers or two texts. Objects and arrays are equal to nothing.
// A value that is no JSON object or array is never wanted.
import type { RecordPredicate } from '../grammar/filter.ts'
import { asUsage } from '../grammar/point-at.ts'
import type { RecordCursor } from '../record/record-cursor.ts'
import { JsonSyntaxError } from './bad-record.ts'
import { JsonPath, JsonSpan, unescapeJson } from './json-path.ts'
import { type Comparison, type Expression, type Operand, parseWhere } from './where-parser.ts'

const HINT = `For example --where '.status == "paid" && .total >= 100', --where '.id =~ "^o-" || !exists(.customer.name)'.`

/** @throws LeatError (usage) that points at what is wrong */
export function compileWhere(text: string): RecordPredicate {
  const holds = asUsage('--where', text, HINT, () => compile(parseWhere(text)))
  return (cursor) => {
    if (cursor.valueStart < 0) return false
    try {
      return holds(cursor)
    } catch (error) {
      if (error instanceof JsonSyntaxError) return false
      throw error
    }
  }
}

function compile(expression: Expression): RecordPredicate {
  switch (expression.kind) {
    case 'or': {
      const left = compile(expression.left)
      const right = compile(expression.right)
      return (cursor) => left(cursor) || right(cursor)
    }
    case 'and': {
      const left = compile(expression.left)
      const right = compile(expression.right)
      return (cursor) => left(cursor) && right(cursor)
    }
    case 'not': {
      const holds = compile(expression.operand)
      return (cursor) => !holds(cursor)
    }
    case 'exists': {
      const value = valueOf({ kind: 'path', path: expression.path })
      return (cursor) => value(cursor).kind !== 'missing'
    }
    case 'truth': {
      const value = valueOf(expression.operand)
      return (cursor) => isTrue(value(cursor))
    }
    case 'compare':
      return compileComparison(expression.operator, valueOf(expression.left), valueOf(expression.right))
    case 'match': {
      const value = valueOf(expression.left)
      const { pattern, isNegated } = expression
      return (cursor) => {
        const { kind, text } = value(cursor)
        return (kind === 'string' && pattern.test(text())) !== isNegated
      }
    }
  }
}

interface Value {
  readonly kind: JsonSpan['kind']
  /** Of a string, its text; of a number, its digits. */
  readonly text: () => string
}

function valueOf(operand: Operand): (cursor: RecordCursor) => Value {
  if (operand.kind !== 'path') {
    const content = 'text' in operand ? operand.text : operand.kind
    const value: Value = { kind: operand.kind, text: () => content }
    return () => value
  }
  const path = new JsonPath(operand.path)
  const found = new FoundValue()
  return (cursor) => {
    path.find(cursor.bytes, cursor.valueStart, cursor.valueEnd, found.span)
    found.bytes = cursor.bytes
    return found
  }
}

/** A value within the record, reused from record to record. */
class FoundValue implements Value {
  readonly span = new JsonSpan()
  bytes: Buffer = Buffer.alloc(0)

  get kind(): JsonSpan['kind'] {
    return this.span.kind
  }

  readonly text = (): string => {
    const { start, end, hasEscapes } = this.span
    return hasEscapes ? unescapeJson(this.bytes, start, end) : this.bytes.toString('utf8', start, end)
  }
}

function isTrue({ kind }: Value): boolean {
  return kind !== 'missing' && kind !== 'null' && kind !== 'false'
}

const ORDERS: Record<Exclude<Comparison, '==' | '!='>, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function compileComparison(
  operator: Comparison,
  left: (cursor: RecordCursor) => Value,
  right: (cursor: RecordCursor) => Value,
): RecordPredicate {
  if (operator === '==') return (cursor) => isEqual(left(cursor), right(cursor))
  if (operator === '!=') return (cursor) => !isEqual(left(cursor), right(cursor))
  const accepts = ORDERS[operator]
  return (cursor) => {
    const order = compareValues(left(cursor), right(cursor))
    return order !== null && accepts(order)
  }
}

function isEqual(left: Value, right: Value): boolean {
  const order = compareValues(left, right)
  if (order !== null) return order === 0
  const kind = left.kind === 'missing' ? 'null' : left.kind
  return kind !== 'object' && kind !== 'array' && kind === (right.kind === 'missing' ? 'null' : right.kind)
}

/** Below 0, 0 or above 0; null where the two have no order. */
function compareValues(left: Value, right: Value): number | null {
  if (left.kind !== right.kind) return null
  if (left.kind === 'number') return compareNumbers(left.text(), right.text())
  if (left.kind !== 'string') return null
  const first = left.text()
  const second = right.text()
  return first === second ? 0 : first < second ? -1 : 1
}

const INTEGER = /^-?\d+$/

/** Rounding to a double never swaps two numbers, so only those that come out the same have to be looked at in full. */
function compareNumbers(left: string, right: string): number {
  const first = Number(left)
  const second = Number(right)
  if (first !== second) return first < second ? -1 : 1
  if (Number.isSafeInteger(first) || left === right || !INTEGER.test(left) || !INTEGER.test(right)) return 0
  const difference = BigInt(left) - BigInt(right)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
