// What a format throws about a record that cannot be read; the format turns it into `RecordReceiver.reject`.

export class BadRecord extends Error {
  /** What to do, where it is something else than to mend or skip the record. */
  readonly hint: string | undefined

  /** @param reason completes "line 7: …" */
  constructor(reason: string, hint?: string) {
    super(reason)
    this.name = 'BadRecord'
    this.hint = hint
  }
}

const ONE_LINE_EACH = 'Each line is one record. For a JSON array there is --array; `jq -c .` writes JSON of several lines on one.'

/** The text is not JSON where it had to be looked at. */
export class JsonSyntaxError extends BadRecord {
  /** All is well up to the end of the text, which comes too early. */
  readonly isIncomplete: boolean

  constructor(reason: string, isIncomplete = false) {
    super(reason, isIncomplete ? ONE_LINE_EACH : undefined)
    this.name = 'JsonSyntaxError'
    this.isIncomplete = isIncomplete
  }
}
