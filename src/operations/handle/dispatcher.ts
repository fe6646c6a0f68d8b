// Gives records to the handler: as many at once as it takes, those of a lane one after the other, and again when they fail. A record is done
// with when it was handled, or when it is stored where the policy sends what failed. One that nobody takes ends it all.
//
//   due → its lane's turn → [ room → handler → failed: backoff ]⟲ → id recorded, or stored elsewhere and synced → done
//
// Tens of thousands a second go this way. So one that waits for nothing but its handler makes one promise, its attempt's; the others have
// a promise for each wait.
import type { Clock } from '../../system/system.ts'
import { endedWithUs } from '../children/ended-with-us.ts'
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

const STOP: Verdict = { kind: 'stop' }

/** At the end, records before others that were begun are handled for so long; the rest of them is read again, and those others with it. */
const DRAIN_MS = 5000

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
  /** For room at the handler. */
  #waiting: Task[] = []
  /** Attempts of which it is not known whether they failed: no other record goes ahead of that. */
  #undecided = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  take(task: Task): void {
    task.intake.add(task.sizeInBytes)
    const turn = this.#turnOf(task)
    if (turn === null) this.#enter(task)
    else turn.then(() => this.#enter(task)).catch((error: unknown) => this.#broken(task, error))
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
      // From before what may be the last one.
      const change = intake.next()
      if (intake.isStuck) this.#failHeld(intake)
      if (this.failure !== null) this.#halt(intake)
      await change
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
    const given = this.#waiting.filter((task) => this.#isGivenUp(task))
    if (given.length === 0) return
    this.#waiting = this.#waiting.filter((task) => !this.#isGivenUp(task))
    for (const task of given) this.#end(task)
  }

  /** Nobody hands it over any more: it is read again. */
  #isGivenUp({ intake, open }: Task): boolean {
    return this.failure !== null || (intake.isHalted && !open.isInGap)
  }

  /** It stays open, so nothing behind it can be committed. */
  #leave({ intake, open }: Task): void {
    intake.done.leave(open)
    this.#giveUpWaiting()
  }

  /** null: it is its turn. */
  #turnOf(task: Task): Promise<void> | null {
    const { dueAt, id, lane } = task
    if (dueAt !== null || id !== null) return this.#turnInTime(task)
    return lane === null ? null : this.#lanes.enter(lane)
  }

  async #turnInTime(task: Task): Promise<void> {
    const { dueAt, id, intake, lane } = task
    if (dueAt !== null) await this.#until(dueAt, intake.haltSignal)
    if (dueAt !== null && intake.isHalted) this.#leave(task)
    if (lane !== null) await this.#lanes.enter(lane)
    if (id !== null) await this.#ids.enter(id)
  }

  async #until(dueAt: bigint, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const waitMs = Number(dueAt - clock.now())
    if (waitMs > 0) await clock.sleep(waitMs, signal)
  }

  /** The first attempt, unless that is not needed. */
  #enter(task: Task): void {
    if (task.id === null || this.#options.handledIds?.has(task.id) !== true) return this.#hand(task)
    this.duplicates++
    task.open.isDone = true
    this.#end(task)
  }

  /** Hands the record over as soon as there is room. */
  #hand(task: Task): void {
    if (this.#isGivenUp(task)) return this.#end(task)
    this.#waiting.push(task)
    this.#pump()
  }

  #pump(): void {
    const { handler } = this.#options
    while (this.#undecided === 0 && this.#waiting.length > 0 && handler.hasRoom) this.#begin(this.#waiting.shift() as Task)
  }

  #begin(task: Task): void {
    task.open.isBegun = true
    task.attempt((task.record.failures?.attempts ?? 0) + 1).then(
      (error) => (error === null ? this.#handled(task) : void this.#failed(task, error)),
      (thrown: unknown) => this.#broken(task, thrown),
    )
  }

  #handled(task: Task): void {
    this.#trial.pass()
    this.#pump()
    if (task.id === null) this.#finish(task)
    else void this.#record(task, task.id)
  }

  async #record(task: Task, id: string): Promise<void> {
    try {
      await this.#options.handledIds?.add(id)
      this.#finish(task)
    } catch (error) {
      this.#broken(task, error)
    }
  }

  #finish(task: Task): void {
    this.handled++
    task.open.isDone = true
    this.#end(task)
  }

  async #failed(task: Task, error: HandlerError): Promise<void> {
    try {
      await this.#decide(task, error)
    } catch (thrown) {
      this.#broken(task, thrown)
    }
  }

  /** What becomes of it, and sees to that. */
  async #decide(task: Task, error: HandlerError): Promise<void> {
    if (error.killedBy !== undefined) {
      this.#undecided++
      const isOurs = await endedWithUs(error.killedBy, this.#options)
      this.#undecided--
      if (isOurs) return this.#readAgain(task)
    }
    const verdict = this.#judge(task, error)
    this.#pump()
    if (verdict.kind === 'aside') return this.#goAside(task, verdict.topic, error)
    if (verdict.kind === 'again') {
      const { intake } = task
      await this.#options.clock.sleep(verdict.afterMs, intake.haltSignal)
      if (!intake.isHalted) return this.#hand(task)
      this.#leave(task)
    }
    this.#end(task)
  }

  /** What handled it was ended together with the run. */
  #readAgain(task: Task): void {
    this.#halt(task.intake)
    this.#leave(task)
    this.#end(task)
    this.#pump()
  }

  async #goAside(task: Task, topic: string, error: HandlerError): Promise<void> {
    const isProven = this.#trial.isOver
    if (!isProven) {
      this.#freeLane(task)
      await this.#trial.hold(task)
    }
    if (this.#trial.isOver) await this.#setAside(task, topic, error)
    else this.#leave(task)
    if (isProven) this.#freeLane(task)
    this.#remove(task)
  }

  async #setAside(task: Task, topic: string, error: HandlerError): Promise<void> {
    try {
      await this.#options.policy.setAside(task, topic, error)
      task.open.isDone = true
    } catch (refusal) {
      this.#fail(task, errorOf(refusal))
    }
  }

  /** Nothing but records that are held back is left, and nobody has said that the handler works. */
  #failHeld(intake: Intake): void {
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

  #broken(task: Task, error: unknown): void {
    this.#fail(task, errorOf(error))
    this.#end(task)
  }

  #fail(task: Task, cause: HandlerError | Error): void {
    if (this.failure === null) this.failure = { task, cause, hasWorked: this.#trial.isOver }
    // Nobody waits for a handler that nothing is handed to any more.
    for (const waiting of this.#waiting.splice(0)) this.#end(waiting)
    this.#options.onStop()
  }

  #end(task: Task): void {
    this.#freeLane(task)
    this.#remove(task)
  }

  /** The next one of its lane may go ahead. */
  #freeLane({ lane, id }: Task): void {
    if (id !== null) this.#ids.leave(id)
    if (lane !== null) this.#lanes.leave(lane)
  }

  #remove({ intake, sizeInBytes, open }: Task): void {
    intake.remove(sizeInBytes, open.isDone)
  }
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
