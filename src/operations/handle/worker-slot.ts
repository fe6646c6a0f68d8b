// One worker: a process that keeps running and answers lines. Lines go to it ahead of its answers, as many as it answers in a moment, so that
// it never waits for us and a shutdown never waits for long. When it dies, the first record without an answer has failed; those behind it
// go to the next process, in their order.
import type { ChildFailed, ChildProcesses, Question, Worker } from '../../system/child-processes.ts'
import type { Clock } from '../../system/system.ts'
import { isGone, missingCommand } from './missing-command.ts'
import { errorOfEnd, type HandlerError } from './handler-error.ts'
import type { StartPatience } from './unstartable.ts'
import { readAnswer } from './worker-answer.ts'

/** Lines under way at most. */
export const MAX_WINDOW = 1024
/** An answer that comes sooner than this lets one line more go ahead; one that comes later than that, half as many. */
const SHORT_MS = 20n
const LONG_MS = 100n
const CLOSE_GRACE_MS = 5000

export interface SlotOptions {
  readonly processes: ChildProcesses
  readonly clock: Clock
  readonly command: string
  readonly timeLimitMs: number
  readonly onStderr: (bytes: Buffer) => void
  readonly patience: StartPatience
}

/** A line, and who waits for what becomes of it. */
interface Job extends Question {
  readonly sentAt: bigint
  readonly resolve: (error: HandlerError | null) => void
  readonly reject: (error: unknown) => void
}

export class WorkerSlot {
  readonly #options: SlotOptions
  #worker: Worker
  /** What the present one says. */
  #told: Pick<Question, 'answered' | 'failed'>
  /** Without an answer, in the order in which they were sent. */
  #jobs: Job[] = []
  #window = 1
  /** Whether the present one has ended, and the next record needs another. */
  #isGone = false
  /** Whether the present one has ended, and its lines wait for another. */
  #isBeingReplaced = false

  constructor(options: SlotOptions) {
    this.#options = options
    ;[this.#worker, this.#told] = this.#start()
  }

  get underWay(): number {
    return this.#jobs.length
  }

  get hasRoom(): boolean {
    return this.#jobs.length < this.#window
  }

  handle(line: Buffer): Promise<HandlerError | null> {
    return new Promise((resolve, reject) => this.#send(line, resolve, reject))
  }

  async close(): Promise<void> {
    await this.#worker.close(CLOSE_GRACE_MS)
  }

  #start(): [Worker, Pick<Question, 'answered' | 'failed'>] {
    const { processes, command, onStderr } = this.#options
    const worker = processes.start(command, { env: {}, onStderr })
    void this.#watch(worker)
    const answered = (answer: Buffer): void => this.#answered(worker, answer)
    return [worker, { answered, failed: (error) => void this.#died(worker, error) }]
  }

  /** One that ends while it has nothing to do has not failed at anything. */
  async #watch(worker: Worker): Promise<void> {
    await worker.ended
    if (worker === this.#worker && this.#jobs.length === 0) this.#isGone = true
  }

  #send(line: Buffer, resolve: Job['resolve'], reject: Job['reject']): void {
    if (this.#isGone) this.#startAnew()
    const { answered, failed } = this.#told
    const { clock, timeLimitMs } = this.#options
    const job = { line, timeLimitMs, answered, failed, sentAt: clock.now(), resolve, reject }
    this.#jobs.push(job)
    this.#worker.send(job)
  }

  #startAnew(): void {
    this.#isGone = this.#isBeingReplaced = false
    ;[this.#worker, this.#told] = this.#start()
  }

  #answered(worker: Worker, answer: Buffer): void {
    if (worker !== this.#worker) return
    let error: HandlerError | null
    try {
      error = readAnswer(answer)
    } catch (bad) {
      // What it says from now on may be about any record.
      void worker.close(0)
      return this.#restart({ type: 'protocol', message: (bad as Error).message, stack: null, fault: 'handler' })
    }
    this.#options.patience.started()
    const job = this.#jobs.shift() as Job
    this.#adapt(this.#options.clock.now() - job.sentAt)
    job.resolve(error)
  }

  /** All of its lines have failed with it, and wait in their order: the first to be here is for all of them. */
  async #died(worker: Worker, { end, stderr }: ChildFailed): Promise<void> {
    if (worker !== this.#worker || this.#isBeingReplaced) return
    this.#isBeingReplaced = true
    try {
      if (end.kind === 'unstartable') {
        await this.#options.patience.wait(end)
        this.#sendAgain(this.#jobs)
      } else if (await isGone(this.#options, end)) this.#rejectAll(missingCommand(this.#options.command))
      else this.#restart(errorOfEnd(end, stderr, 'handler'))
    } catch (error) {
      this.#rejectAll(error)
    }
  }

  /** The first record has failed; the others are sent again. */
  #restart(error: HandlerError): void {
    const [failed, ...rest] = this.#jobs
    this.#sendAgain(rest)
    failed?.resolve(error)
  }

  /** To another process. */
  #sendAgain(jobs: readonly Job[]): void {
    this.#jobs = []
    this.#window = 1
    this.#startAnew()
    for (const { line, resolve, reject } of jobs) this.#send(line, resolve, reject)
  }

  #rejectAll(error: unknown): void {
    this.#isGone = true
    for (const job of this.#jobs.splice(0)) job.reject(error)
  }

  #adapt(tookMs: bigint): void {
    if (tookMs <= SHORT_MS) this.#window = Math.min(MAX_WINDOW, this.#window + 1)
    else if (tookMs > LONG_MS) this.#window = Math.max(1, this.#window >> 1)
  }
}
