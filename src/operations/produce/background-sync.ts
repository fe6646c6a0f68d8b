// Writes back what is appended while the next records are encoded, so that little is left to wait for at the end.

const SYNC_EVERY_BYTES = 8 * 1024 * 1024

export class BackgroundSync {
  readonly #sync: () => Promise<void>
  readonly #onFailure: (error: unknown) => void
  #unsyncedBytes = 0
  #running: Promise<void> | null = null

  /** @param onFailure told at once; a sync that failed is final */
  constructor(sync: () => Promise<void>, onFailure: (error: unknown) => void) {
    this.#sync = sync
    this.#onFailure = onFailure
  }

  /** Takes account of an append; starts a sync when there is enough for one, and none under way. */
  appended(sizeInBytes: number): void {
    this.#unsyncedBytes += sizeInBytes
    if (this.#unsyncedBytes < SYNC_EVERY_BYTES || this.#running !== null) return
    this.#unsyncedBytes = 0
    this.#running = this.#run()
  }

  /** Resolves once no sync is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      await this.#sync()
    } catch (error) {
      this.#onFailure(error)
    } finally {
      this.#running = null
    }
  }
}
