// The progress line of `dlq replay` and `dlq park`: only on a terminal, redrawn ten times a second.
import type { RunTally } from '../../src/operations/dlq/taken-out.ts'
import { countText, rateText } from '../../src/output/amounts.ts'
import { isTerminal } from '../../src/system/terminal.ts'

const REDRAW_MS = 100
const CLEAR_LINE = '\r\u001B[K'

export class TakeOutProgress {
  readonly #startedAt = performance.now()
  readonly #isShown: boolean
  #shownAt = 0

  constructor(isQuiet: boolean) {
    this.#isShown = !isQuiet && process.env['CI'] === undefined && isTerminal(2)
  }

  readonly show = ({ taken, seen, total }: RunTally): void => {
    const now = performance.now()
    if (!this.#isShown || now - this.#shownAt < REDRAW_MS) return
    this.#shownAt = now
    const rate = rateText((taken * 1000) / Math.max(now - this.#startedAt, 1))
    process.stderr.write(`${CLEAR_LINE}${countText(taken)} records · ${rate} · ${Math.floor((100 * seen) / Math.max(total, 1))} %`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shownAt > 0) process.stderr.write(CLEAR_LINE)
  }
}
