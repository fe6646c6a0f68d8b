// --set .field=value: puts JSON values into JSON values. Objects that are missing on the way are made; numbers that are not set keep their digits.
import { isRawNumber, parseRaw } from '../../../bytes/exact-json.ts'
import { LeatError, exitCodes } from '../../../errors/leat-error.ts'
import { parsePath, type JsonStep } from '../../../input/json-path.ts'
import { NotEditable, type ValueEdit } from './value-edit.ts'

interface Assignment {
  readonly path: string
  readonly steps: readonly JsonStep[]
  readonly value: unknown
}

/** The path ends at the first = that is not within quotes. */
const ASSIGNMENT = /^((?:"(?:[^"\\]|\\.)*"|[^"=])+)=(.*)$/s

export class SetFields implements ValueEdit {
  readonly #assignments: readonly Assignment[]

  /** @throws LeatError (usage) */
  constructor(texts: readonly string[]) {
    this.#assignments = texts.map(parseAssignment)
  }

  async edit(value: Buffer): Promise<Buffer> {
    let json: unknown
    try {
      json = parseRaw(value.toString())
    } catch {
      throw new NotEditable('its value is not JSON')
    }
    const before = JSON.stringify(json)
    for (const assignment of this.#assignments) json = assign(json, assignment, 0)
    const after = JSON.stringify(json)
    return after === before ? value : Buffer.from(after)
  }

  async close(): Promise<void> {}
}

function parseAssignment(text: string): Assignment {
  const match = ASSIGNMENT.exec(text)
  if (match === null)
    throw new LeatError('USAGE', `--set '${text}' is not a field and its value`, {
      hint: `For example --set .status=paid, --set .total=12, --set '.address.zip="0815"' (quotes make it a text).`,
      exitCode: exitCodes.usage,
    })
  const [, path = '', value = ''] = match
  return { path, steps: parsePath(path), value: jsonOrText(value) }
}

function jsonOrText(text: string): unknown {
  try {
    return parseRaw(text)
  } catch {
    return text
  }
}

/** The value with what is at `steps[depth]` and on replaced. */
function assign(target: unknown, assignment: Assignment, depth: number): unknown {
  const step = assignment.steps[depth]
  if (step === undefined) return assignment.value
  if (step.name === null) return assignItem(target, step.index, assignment, depth)
  const object = target ?? {}
  if (!isObject(object)) throw new NotEditable(`${assignment.path}: what is on the way is not an object`)
  const name = step.name.toString()
  const present = Object.hasOwn(object, name) ? object[name] : undefined
  // As a property of its own, whatever its name.
  const field = { value: assign(present, assignment, depth + 1), enumerable: true, configurable: true, writable: true }
  return Object.defineProperty(object, name, field)
}

function assignItem(target: unknown, index: number, assignment: Assignment, depth: number): unknown {
  const items: unknown = target ?? []
  if (!Array.isArray(items)) throw new NotEditable(`${assignment.path}: what is on the way is not an array`)
  if (index > items.length) throw new NotEditable(`${assignment.path}: the array has ${items.length} items`)
  items[index] = assign(items[index], assignment, depth + 1)
  return items
}

function isObject(value: unknown): value is Record<string, unknown> {
  // Numbers are objects here, too.
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)
}
