// JSON whose numbers keep their digits, which a `number` would round.

/** A number as it was written: `JSON.stringify` writes it like that again. */
export interface RawNumber {
  readonly rawJSON: string
}

/** What every Node that leat runs on has, and TypeScript does not know yet. */
interface ExactJson {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(text: string, revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
}

const exact = JSON as unknown as ExactJson

/** @param digits as JSON has them */
export function rawNumber(digits: string): RawNumber {
  return exact.rawJSON(digits)
}

export function isRawNumber(value: unknown): value is RawNumber {
  return exact.isRawJSON(value)
}

/** As `JSON.parse`, with numbers as they were written. */
export function parseRaw(text: string): unknown {
  return exact.parse(text, (_, value, { source }) => (typeof value === 'number' && source !== undefined ? rawNumber(source) : value))
}

/** As `JSON.parse`, with integers as bigint. */
export function parseIntegers(text: string): unknown {
  return exact.parse(text, (_, value, { source = '' }) => (typeof value === 'number' && /^-?\d+$/.test(source) ? BigInt(source) : value))
}
