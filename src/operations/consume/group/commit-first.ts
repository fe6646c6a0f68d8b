// At most once: bytes go out only after the offsets of the records in them were committed.
import type { ByteSink } from '../../../system/byte-streams.ts'

export class CommitFirst implements ByteSink {
  /** Set by the member whose records these are; rejects when they are not its any more. */
  commit: () => Promise<void> = async () => {}
  readonly #inner: ByteSink

  constructor(inner: ByteSink) {
    this.#inner = inner
  }

  async write(bytes: Buffer, start: number, end: number): Promise<void> {
    await this.commit()
    await this.#inner.write(bytes, start, end)
  }
}
