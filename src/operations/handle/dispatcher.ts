// Gives records to the handler: as many at once as it takes, those of a lane one after the other, and again when they fail. A record is done
// with when it was handled, or when it is stored where the policy sends what failed. One that nobody takes ends it all.
//
//   due → its lane's turn → [ room → handler → failed: backoff ]⟲ → id recorded, or stored elsewhere and synced → done
import type { Clock } from '../../system/system.ts'
import { endedWithUs } from '../pipe/ended-with-us.ts'
import type { HandledIds } from './handled-ids.ts'
import type { HandlerError } from './handler-error.ts'
import type { Handler } from './handler.ts'
import type { Intake } from './intake.ts'
import { Lanes } from './lanes.ts'
import type { Task } from './task.ts'
import { Trial } from './trial.ts'

/** What becomes of a record that failed: another attempt, another topic, or the end of it all. */
export type Verdict =
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'aside'; readonly topic: string }
  | { readonly kind: 'stop' }

export interface FailurePolicy {
  judge(task: Task): Verdict
  /** Resolves once the record is stored. */
  setAside(task: Task, topic: string, error: HandlerError): Promise<void>
}

export interface DispatcherOptions {
  readonly handler: Handler
  readonly policy: FailurePolicy
  readonly clock: Clock
  /** null: every record is handled. */
  readonly handledIds: HandledIds | null
  /** Aborted once somebody wants the run to end. */
  readonly signal: AbortSignal
  /** Told at once of what ends it all. */
  readonly onStop: () => void
}

/** What ended it all. */
export interface FatalFailure {
  readonly task: Task
  /** What the handler said of the record, or what else went wrong. */
  readonly cause: HandlerError | Error
  /** Whether the handler has ever said what became of a record. */
  readonly hasWorked: boolean
}

/** Of what is left to do with a record when the next one of its lane may go ahead. */
type Rest = (() => Promise<void>) | null

const STOP: Verdict = { kind: 'stop' }

interface Waiting {
  readonly task: Task
  readonly resolve: (result: HandlerError | null | typeof GIVEN_UP) => void
  readonly reject: (error: unknown) => void
}

/** At the end, records before others that were begun are handled for so long; the rest of them is read again, and those others with it. */
const DRAIN_MS = 5000

/** Nobody handed the record over, or who took it was ended together with the run: it is read again. */
const GIVEN_UP = Symbol('given up')

export class Dispatcher {
  handled = 0
  duplicates = 0
  /** Attempts that failed. */
  failedAttempts = 0
  failure: FatalFailure | null = null
  readonly #options: DispatcherOptions
  readonly #lanes = new Lanes()
  /** Records with the same id wait for what becomes of the first. */
  readonly #ids = new Lanes()
  readonly #trial = new Trial()
  #waiting: Waiting[] = []
  /** Attempts that are over, while what becomes of their records is not known: no other record goes ahead of that. */
  #undecided = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  take(task: Task): void {
    task.intake.add(task.sizeInBytes)
    void this.#process(task)
      .catch((error: unknown) => this.#fail(task, error instanceof Error ? error : new Error(String(error))))
      .finally(() => task.intake.remove(task.sizeInBytes, task.open.isDone))
  }

  /** Waits until nothing of an intake is open; after `signal`, until what was begun is, and what lies before it: the rest is read again. */
  async settle(intake: Intake, signal: AbortSignal): Promise<void> {
    const settled = new AbortController()
    const halt = (): void => {
      this.#halt(intake)
      void this.#endDrain(intake, settled.signal)
    }
    signal.addEventListener('abort', halt)
    if (signal.aborted) halt()
    while (!intake.isEmpty) {
      if (intake.isStuck) this.#giveUp(intake)
      if (this.failure !== null) this.#halt(intake)
      await intake.next()
    }
    signal.removeEventListener('abort', halt)
    settled.abort()
    intake.resume()
  }

  /** All is over: what ended it, if anything did. */
  conclude(): FatalFailure | null {
    const [task, cause] = this.#trial.firstSuspect ?? []
    if (this.failure !== null || task === undefined || cause === undefined) return this.failure
    return { task, cause, hasWorked: false }
  }

  #halt(intake: Intake): void {
    if (intake.isHalted) return
    intake.halt()
    this.#giveUpWaiting()
  }

  async #endDrain(intake: Intake, settled: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(DRAIN_MS, settled)
    if (settled.aborted) return
    intake.done.leaveAll()
    this.#giveUpWaiting()
  }

  #giveUpWaiting(): void {
    const given = this.#waiting.filter(({ task }) => this.#isGivenUp(task))
    if (given.length === 0) return
    this.#waiting = this.#waiting.filter(({ task }) => !this.#isGivenUp(task))
    for (const { resolve } of given) resolve(GIVEN_UP)
  }

  #isGivenUp({ intake, open }: Task): boolean {
    return this.failure !== null || (intake.isHalted && !open.isInGap)
  }

  /** It stays open, so nothing behind it can be committed. */
  #leave({ intake, open }: Task): null {
    intake.done.leave(open)
    this.#giveUpWaiting()
    return null
  }

  async #process(task: Task): Promise<void> {
    const { intake, dueAt, lane } = task
    if (dueAt !== null) await this.#until(dueAt, intake.haltSignal)
    if (dueAt !== null && intake.isHalted) this.#leave(task)
    if (lane === null) return (await this.#handleOnce(task))?.()
    const turn = this.#lanes.enter(lane)
    if (turn !== null) await turn
    let rest: Rest
    try {
      rest = await this.#handleOnce(task)
    } finally {
      this.#lanes.leave(lane)
    }
    await rest?.()
  }

  async #until(dueAt: bigint, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const waitMs = Number(dueAt - clock.now())
    if (waitMs > 0) await clock.sleep(waitMs, signal)
  }

  async #handleOnce(task: Task): Promise<Rest> {
    const { handledIds } = this.#options
    const { id } = task
    if (handledIds === null || id === null) return this.#handle(task)
    const turn = this.#ids.enter(id)
    if (turn !== null) await turn
    try {
      if (!handledIds.has(id)) return await this.#handle(task)
      this.duplicates++
      task.open.isDone = true
      return null
    } finally {
      this.#ids.leave(id)
    }
  }

  /** Until it is done with, or given up. */
  async #handle(task: Task): Promise<Rest> {
    const { clock } = this.#options
    for (;;) {
      const error = await this.#hand(task)
      if (error === GIVEN_UP) return null
      if (error === null) {
        this.#trial.pass()
        this.#decided()
        return this.#handled(task)
      }
      const verdict = this.#judge(task, error)
      this.#decided()
      if (verdict.kind === 'stop') return null
      if (verdict.kind === 'again') {
        await clock.sleep(verdict.afterMs, task.intake.haltSignal)
        if (task.intake.isHalted) return this.#leave(task)
      } else if (this.#trial.isOver) return this.#setAside(task, verdict.topic, error)
      else return () => this.#setAsideIfProven(task, verdict.topic, error)
    }
  }

  async #handled(task: Task): Promise<null> {
    if (task.id !== null) await this.#options.handledIds?.add(task.id)
    this.handled++
    task.open.isDone = true
    return null
  }

  async #setAside(task: Task, topic: string, error: HandlerError): Promise<null> {
    await this.#options.policy.setAside(task, topic, error)
    task.open.isDone = true
    return null
  }

  async #setAsideIfProven(task: Task, topic: string, error: HandlerError): Promise<void> {
    await this.#trial.hold(task)
    if (this.#trial.isOver) await this.#setAside(task, topic, error)
    else this.#leave(task)
  }

  /** Nothing but records that are held back is left, and nobody has said that the handler works. */
  #giveUp(intake: Intake): void {
    const [task, error] = this.#trial.firstHeld(intake) ?? []
    if (task !== undefined && error !== undefined) this.#fail(task, error)
  }

  /** What becomes of a record that failed. */
  #judge(task: Task, error: HandlerError): Verdict {
    const mayWork = this.#trial.note(task, error)
    this.failedAttempts++
    const now = this.#options.clock.now()
    const { attempts = 0, firstFailedAt = now } = task.record.failures ?? {}
    task.record.failures = { attempts: attempts + 1, firstFailedAt, lastFailedAt: now }
    const verdict = mayWork ? this.#options.policy.judge(task) : STOP
    if (verdict.kind === 'stop') this.#fail(task, error)
    return verdict
  }

  #decided(): void {
    this.#undecided--
    this.#pump()
  }

  /** Hands the record over as soon as there is room. */
  #hand(task: Task): Promise<HandlerError | null | typeof GIVEN_UP> {
    return new Promise((resolve, reject) => {
      if (this.#isGivenUp(task)) return resolve(GIVEN_UP)
      this.#waiting.push({ task, resolve, reject })
      this.#pump()
    })
  }

  #pump(): void {
    const { handler } = this.#options
    while (this.#undecided === 0 && this.#waiting.length > 0 && handler.hasRoom) void this.#begin(this.#waiting.shift() as Waiting)
  }

  async #begin({ task, resolve, reject }: Waiting): Promise<void> {
    task.open.isBegun = true
    try {
      const error = await task.attempt((task.record.failures?.attempts ?? 0) + 1)
      this.#undecided++
      if (error?.killedBy === undefined || !(await endedWithUs(error.killedBy, this.#options))) return resolve(error)
      this.#halt(task.intake)
      this.#leave(task)
      resolve(GIVEN_UP)
      this.#decided()
    } catch (error) {
      this.#undecided++
      reject(error)
    }
  }

  #fail(task: Task, cause: HandlerError | Error): void {
    if (this.failure === null) this.failure = { task, cause, hasWorked: this.#trial.isOver }
    // Nobody waits for a handler that nothing is handed to any more.
    for (const { resolve } of this.#waiting.splice(0)) resolve(GIVEN_UP)
    this.#options.onStop()
  }
}
