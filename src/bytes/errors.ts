// What can be wrong with bytes that are read by length or by format.

/** The bytes end before what they claim to hold does. */
export class TruncatedInput extends Error {
  constructor(reason = 'the bytes end too early') {
    super(reason)
    this.name = 'TruncatedInput'
  }
}

/** The bytes cannot be what they are read as. */
export class MalformedInput extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'MalformedInput'
  }
}
