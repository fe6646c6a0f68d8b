// The key of a record that a pipe writes: its own, or what --key-field finds in the new value.
import { LeatError } from '../../errors/leat-error.ts'
import { JsonPath, JsonSpan, JsonSyntaxError, unescapeJson } from '../../input/json-path.ts'

/** Finds keys in JSON values, as `leat produce --key-field` does. */
export class KeyField {
  readonly #path: JsonPath
  readonly #span = new JsonSpan()

  /** @throws LeatError (usage) for a text that is no path */
  constructor(path: string) {
    this.#path = new JsonPath(path)
  }

  /** null where the value has none, or is null itself. @throws LeatError INVALID_RECORD for a value that is no JSON object or array */
  keyOf(value: Buffer, start: number, end: number): Buffer | null {
    const span = this.#span
    try {
      this.#path.find(value, start, end, span)
      if (span.kind === 'missing' || span.kind === 'null') return null
      return span.hasEscapes ? Buffer.from(unescapeJson(value, span.start, span.end)) : value.subarray(span.start, span.end)
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw new LeatError('INVALID_RECORD', `--key-field finds no key: ${error.message}`)
      throw error
    }
  }
}
