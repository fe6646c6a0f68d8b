// A command that the system does not start. The record has nothing to do with it. What the system lacks only for now is waited for.
import { LeatError } from '../../errors/leat-error.ts'
import type { ChildEnd } from '../../system/child-processes.ts'
import type { Clock } from '../../system/system.ts'

/** What the system may have again in a while. */
const SCARCE: Readonly<Record<string, string>> = {
  EAGAIN: 'The system lets this user have no more processes: see `ulimit -u`, or the limit of the container.',
  EMFILE: 'leat may have no more files open: see `ulimit -n`.',
  ENFILE: 'The system has no more room for open files.',
  ENOMEM: 'The system has no memory left for another process.',
}

const FOR_GOOD: Readonly<Record<string, string>> = {
  E2BIG: 'The environment that leat was started with is too large to be handed on: run it with fewer variables (`env -i`).',
  ENOENT: 'The working directory, or the shell, is not there any more.',
}

/** The waits in between, and for how long in all. */
const MIN_WAIT_MS = 100
const MAX_WAIT_MS = 2_000
const PATIENCE_MS = 15_000n

type UnstartableEnd = ChildEnd & { kind: 'unstartable' }

export function unstartable({ code, reason }: UnstartableEnd): LeatError {
  const hint = SCARCE[code] ?? FOR_GOOD[code]
  return new LeatError('HANDLER_UNSTARTABLE', `the command cannot be started: ${reason}`, hint === undefined ? {} : { hint })
}

/** Of all the commands that a handler starts: as long as some of them start, the others wait for their turn. */
export class StartPatience {
  readonly #clock: Clock
  /** Since when none could be started, ms; null: the last one could. */
  #since: bigint | null = null
  #waitMs = MIN_WAIT_MS

  constructor(clock: Clock) {
    this.#clock = clock
  }

  started(): void {
    this.#since = null
    this.#waitMs = MIN_WAIT_MS
  }

  /** Resolves when it is time to try again. @throws LeatError where that is of no use */
  async wait(end: UnstartableEnd): Promise<void> {
    const now = this.#clock.now()
    this.#since ??= now
    if (!(end.code in SCARCE) || now - this.#since >= PATIENCE_MS) throw unstartable(end)
    await this.#clock.sleep(this.#waitMs)
    this.#waitMs = Math.min(2 * this.#waitMs, MAX_WAIT_MS)
  }
}
