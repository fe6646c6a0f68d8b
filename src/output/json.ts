// JSON text of values, with integers of any length exact.

/** One line, without the line end. Maps are objects, bytes are what `jsonBytes` makes of them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? rawNumber(item) : item))
}

/** `JSON.rawJSON` keeps digits that a number would round; Node has it from 21 on. */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString())
}
