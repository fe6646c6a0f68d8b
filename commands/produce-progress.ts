// The progress line of `leat produce`: only on a terminal, redrawn ten times a second.
import type { ProduceProgress as Progress } from '../src/operations/produce/produce.ts'
import { progressLine } from '../src/output/progress.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'
import type { Clock } from '../src/system/system.ts'
import { isTerminal } from '../src/system/terminal.ts'

const REDRAW_MS = 100
const CLEAR_LINE = '\r\u001B[K'

export class ProduceProgress {
  readonly #clock: Clock
  readonly #startedAt: bigint
  readonly #write: (text: string) => void
  readonly #isShown: boolean
  #totalBytes: number | null = null
  #shownAt = 0
  #isLineOpen = false

  constructor(isQuiet: boolean, clock: Clock, write: (text: string) => void) {
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#write = write
    this.#isShown = !isQuiet && process.env['CI'] === undefined && isTerminal(2)
  }

  get elapsedMs(): number {
    return Number(this.#clock.now() - this.#startedAt)
  }

  /** Takes note of how much there is to read. */
  watch(source: ByteSource): ByteSource {
    this.#totalBytes = source.size
    return source
  }

  readonly show = ({ records, inputBytes }: Progress): void => {
    const { elapsedMs } = this
    if (!this.#isShown || elapsedMs - this.#shownAt < REDRAW_MS) return
    this.#shownAt = elapsedMs
    this.#isLineOpen = true
    this.#write(`${CLEAR_LINE}${progressLine({ records, bytes: inputBytes, elapsedMs, totalBytes: this.#totalBytes })}`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isLineOpen) this.#write(CLEAR_LINE)
    this.#isLineOpen = false
  }
}
