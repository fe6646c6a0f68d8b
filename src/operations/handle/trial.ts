// Whether the handler works at all. One that has not said of a single record what became of it may never do so: a script that is not there, a
// worker that has a syntax error, or does not flush what it answers. What fails until then, and may be the handler's own fault, is held back:
//
//   another record is handled, or refused   the handler works: those were failures of their records, and go where failed records go
//   MAX_SUSPECTS records in a row fail so   it does not: the run ends, and no record is given up
//   no more records come, or time is over   the same
import type { HandlerError } from './handler-error.ts'
import type { Intake } from './intake.ts'
import type { Task } from './task.ts'

const MAX_SUSPECTS = 5

export class Trial {
  #isOver = false
  /** Records that failed by what may be the handler's fault. */
  readonly #suspects = new Map<Task, HandlerError>()
  readonly #held = new Set<Task>()
  readonly #wake = new Set<() => void>()

  /** Whether the handler is known to work. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** A record was handled. */
  pass(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#suspects.clear()
    for (const wake of this.#wake) wake()
  }

  /** A record failed. False: by now it is clear that the handler does not work. */
  note(task: Task, error: HandlerError): boolean {
    if (!this.#isOver && error.fault === 'handler') return this.#suspects.set(task, error).size < MAX_SUSPECTS
    this.pass()
    return true
  }

  /** Waits with a failed record until the handler is known to work; not longer than its intake has it. */
  async hold(task: Task): Promise<void> {
    const { intake } = task
    if (this.#isOver || intake.isHalted) return
    this.#held.add(task)
    intake.hold()
    await new Promise<void>((resolve) => {
      this.#wake.add(resolve)
      intake.haltSignal.addEventListener('abort', () => resolve())
    })
    intake.unhold()
    this.#held.delete(task)
  }

  /** The first record that is held back, and why. */
  firstHeld(intake: Intake): readonly [Task, HandlerError] | undefined {
    return [...this.#suspects].find(([task]) => task.intake === intake && this.#held.has(task))
  }

  /** The first record that failed, where none was ever handled. */
  get firstSuspect(): readonly [Task, HandlerError] | undefined {
    return [...this.#suspects][0]
  }
}
