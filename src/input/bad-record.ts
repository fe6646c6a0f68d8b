// What a format throws about a record that cannot be read; the format turns it into `RecordReceiver.reject`.

export class BadRecord extends Error {
  /** @param reason completes "line 7: …" */
  constructor(reason: string) {
    super(reason)
    this.name = 'BadRecord'
  }
}

/** The text is not JSON where it had to be looked at. */
export class JsonSyntaxError extends BadRecord {
  /** All is well up to the end of the text, which comes too early. */
  readonly isIncomplete: boolean

  constructor(reason: string, isIncomplete = false) {
    super(reason)
    this.name = 'JsonSyntaxError'
    this.isIncomplete = isIncomplete
  }
}
