// JSON text of values, with integers of any length exact.
import { rawNumber } from '../bytes/exact-json.ts'

/** One line, without the line end. Maps are objects, bytes are what `jsonBytes` makes of them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? rawNumber(item.toString()) : item))
}
