// Waits for partitions that are read as they grow.
import type { Cluster } from '../../client/cluster.ts'

export interface ChangesOptions {
  readonly cluster: Cluster
  readonly ranges: readonly { readonly topic: string; readonly partition: number }[]
  readonly signal: AbortSignal
}

/** Tells when one of the partitions may have grown. */
export class Changes {
  readonly #watches: { close(): void }[]
  readonly #signal: AbortSignal
  #hasChanged = false
  #wake: (() => void) | null = null
  readonly #stop = (): void => this.#wake?.()

  constructor({ cluster, ranges, signal }: ChangesOptions) {
    this.#signal = signal
    this.#signal.addEventListener('abort', this.#stop)
    const topics = Map.groupBy(ranges, ({ topic }) => topic)
    const changed = (): void => {
      this.#hasChanged = true
      this.#wake?.()
    }
    this.#watches = [...topics].map(([topic, some]) =>
      cluster.watch(
        topic,
        some.map(({ partition }) => partition),
        changed,
      ),
    )
  }

  /** Whether something changed since this was last asked. */
  take(): boolean {
    const hasChanged = this.#hasChanged
    this.#hasChanged = false
    return hasChanged
  }

  /** Resolves once something changed since it last did, or the signal ends the waiting. */
  async next(): Promise<void> {
    if (!this.#hasChanged && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#wake = null
    this.#hasChanged = false
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#stop)
    for (const watch of this.#watches) watch.close()
  }
}
