// A command that the system does not start. The record has nothing to do with it.
import { LeatError } from '../../errors/leat-error.ts'
import type { ChildEnd } from '../../system/child-processes.ts'

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

export class Unstartable extends LeatError {
  /** Whether it may go better in a while. */
  readonly isPassing: boolean

  constructor({ code, reason }: ChildEnd & { kind: 'unstartable' }) {
    const hint = SCARCE[code] ?? FOR_GOOD[code]
    super('HANDLER_UNSTARTABLE', `the command cannot be started: ${reason}`, hint === undefined ? {} : { hint })
    this.isPassing = code in SCARCE
  }
}
