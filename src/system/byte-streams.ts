// Ports for the bytes that commands read and write: standard input and files, standard output. A call that can be answered
// at once is answered with a plain value, and only one that must wait with a promise: at 60 KB a call, a promise each would show.

export interface ByteSource {
  /** As a message would call it: `standard input` or the path. */
  readonly name: string
  /** Bytes, where that is known before (a regular file); null for pipes and terminals. */
  readonly size: number | null
  /** Reads what is there, up to `length` bytes, and waits only when nothing is. 0 is the end. One call at a time. */
  read(into: Buffer, offset: number, length: number): number | Promise<number>
  close(): void
}

export interface ByteSink {
  /**
   * Writes bytes `start` to `end` (exclusive). When it returns a promise, wait for that before the next call and before the
   * buffer changes. Throws or rejects with ClosedPipe when nobody reads any more (`| head`).
   */
  write(bytes: Buffer, start: number, end: number): void | Promise<void>
}

/** The reader of our output has gone. Not a failure: a command then ends quietly. */
export class ClosedPipe extends Error {
  constructor() {
    super('the reader of the output has closed it')
    this.name = 'ClosedPipe'
  }
}
