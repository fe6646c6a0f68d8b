// Checks values against the committed schemas: the part of JSON Schema that those use, and an error for any other keyword.
import { readFileSync } from 'node:fs'
import path from 'node:path'

type Schema = Record<string, unknown>

/** The schema in schemas/NAME.json. */
export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, `../../schemas/${name}.json`), 'utf8')) as Schema
}

/** What in the value is not as the schema says, as `path: reason`; empty when all is. */
export function schemaErrors(schema: Schema, value: unknown, root: Schema = schema, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, content]) => {
    const check = KEYWORDS[keyword]
    if (check === undefined) throw new Error(`${at}: the checker does not know '${keyword}'`)
    return check(content, value, { schema, root, at })
  })
}

interface Place {
  readonly schema: Schema
  readonly root: Schema
  readonly at: string
}

type Check = (content: unknown, value: unknown, place: Place) => string[]

const nothing: Check = () => []

const KEYWORDS: Record<string, Check> = {
  $schema: nothing,
  $id: nothing,
  $defs: nothing,
  title: nothing,
  description: nothing,
  contentEncoding: nothing,
  format: nothing,
  $ref: (ref, value, { root, at }) => schemaErrors(resolve(root, ref as string), value, root, at),
  type: (type, value, { at }) =>
    [type].flat().some((name) => typesOf(value).includes(name as string)) ? [] : [`${at}: is no ${String(type)}`],
  const: (constant, value, { at }) => (value === constant ? [] : [`${at}: is not ${JSON.stringify(constant)}`]),
  enum: (values, value, { at }) => ((values as unknown[]).includes(value) ? [] : [`${at}: is none of ${JSON.stringify(values)}`]),
  minimum: (minimum, value, { at }) =>
    typeof value === 'number' && value < (minimum as number) ? [`${at}: is less than ${String(minimum)}`] : [],
  pattern: (pattern, value, { at }) =>
    typeof value === 'string' && !new RegExp(pattern as string, 'u').test(value) ? [`${at}: does not match ${String(pattern)}`] : [],
  oneOf: (schemas, value, { root, at }) => {
    const matching = (schemas as Schema[]).filter((schema) => schemaErrors(schema, value, root, at).length === 0)
    return matching.length === 1 ? [] : [`${at}: matches ${matching.length} of the forms`]
  },
  items: (schema, value, { root, at }) =>
    Array.isArray(value) ? value.flatMap((item, index) => schemaErrors(schema as Schema, item, root, `${at}[${index}]`)) : [],
  properties: (schemas, value, { root, at }) =>
    membersOf(value).flatMap(([name, member]) => {
      const schema = (schemas as Record<string, Schema>)[name]
      return schema === undefined ? [] : schemaErrors(schema, member, root, `${at}.${name}`)
    }),
  required: (names, value, { at }) => missing(names as string[], value).map((name) => `${at}: '${name}' is missing`),
  additionalProperties: (allowed, value, { schema, root, at }) =>
    membersOf(value).flatMap(([name, member]) => {
      if (Object.hasOwn(schema['properties'] ?? {}, name) || allowed === true) return []
      return allowed === false ? [`${at}: '${name}' is not in the schema`] : schemaErrors(allowed as Schema, member, root, `${at}.${name}`)
    }),
  dependentRequired: (dependencies, value, { at }) =>
    Object.entries(dependencies as Record<string, string[]>).flatMap(([name, needed]) =>
      membersOf(value).some(([member]) => member === name)
        ? missing(needed, value).map((other) => `${at}: '${name}' needs '${other}'`)
        : [],
    ),
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number']
  return [typeof value]
}

function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

function missing(names: readonly string[], value: unknown): string[] {
  return typesOf(value)[0] === 'object' ? names.filter((name) => !Object.hasOwn(value as object, name)) : []
}

function resolve(root: Schema, ref: string): Schema {
  const found = ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, step) => (at as Schema | undefined)?.[step], root)
  if (found === undefined) throw new Error(`the schema has no ${ref}`)
  return found as Schema
}
