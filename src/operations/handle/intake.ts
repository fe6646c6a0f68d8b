// One reading's part of the records that are held: how far it is done with its partitions, what it still has open, and how much that may be.
import { OpenRecords } from './open-records.ts'

/** Bytes of records that are held at once, and records beyond those that are being handled. */
const MAX_BYTES = 16 * 1024 * 1024
const AHEAD = 256

export class Intake {
  readonly done = new OpenRecords()
  readonly #maxRecords: number
  /** Ends the waiting of its records for another attempt. */
  #halt = new AbortController()
  /** Taken, and left after all for whoever reads them next. */
  #givenUp = 0
  #records = 0
  /** Of them, those that wait until the handler is known to work. */
  #held = 0
  #bytes = 0
  #wake: (() => void)[] = []

  /** @param maxUnderWay records that the handler may have at once */
  constructor(maxUnderWay: number) {
    this.#maxRecords = maxUnderWay + AHEAD
  }

  get haltSignal(): AbortSignal {
    return this.#halt.signal
  }

  get isHalted(): boolean {
    return this.#halt.signal.aborted
  }

  get isFull(): boolean {
    return !this.isHalted && (this.#records >= this.#maxRecords || this.#bytes >= MAX_BYTES)
  }

  get givenUp(): number {
    return this.#givenUp
  }

  get isEmpty(): boolean {
    return this.#records === 0
  }

  /** Whether nothing but the handler can make it go on. */
  get isStuck(): boolean {
    return this.#records > 0 && this.#records === this.#held
  }

  /** No record is begun any more but those before one that was. */
  halt(): void {
    this.done.findGaps()
    this.#halt.abort()
    this.#changed()
  }

  resume(): void {
    this.#halt = new AbortController()
  }

  add(sizeInBytes: number): void {
    this.#records++
    this.#bytes += sizeInBytes
  }

  /** @param isDone whether nobody has to read it again */
  remove(sizeInBytes: number, isDone: boolean): void {
    this.#records--
    if (!isDone) this.#givenUp++
    this.#bytes -= sizeInBytes
    this.#changed()
  }

  hold(): void {
    this.#held++
    this.#changed()
  }

  unhold(): void {
    this.#held--
  }

  /** Resolves at the next change. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #changed(): void {
    if (this.#wake.length === 0) return
    for (const wake of this.#wake.splice(0)) wake()
  }
}
