// Calls to the simulated disk, counted and written down, and those that shall fail. A test runs a workload once, looks at the
// journal, and runs it again for each call n with a fault or a power cut there.

export interface Call {
  /** From 1. */
  readonly number: number
  /** As Node names it: `open`, `write`, `fdatasync` … */
  readonly syscall: string
  readonly path: string
  /** What was asked, for messages: `64 bytes at 0`. */
  readonly detail: string
  /** Whether it changes the disk or makes changes durable: after the others a crash shows nothing new. */
  readonly changes: boolean
}

export type FaultCode = 'EIO' | 'ENOSPC' | 'EMFILE' | 'EACCES' | 'EROFS'

/** Thrown by the call at which the power is cut, and by every one after it. Code under test must not survive it. */
export class PowerLoss extends Error {
  constructor() {
    super('the simulated machine has lost its power')
    this.name = 'PowerLoss'
  }
}

const explanations: Record<string, string> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EROFS: 'read-only file system',
}

/** An error as Node makes it. */
export function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${explanations[code]}, ${syscall} '${path}'`), { code, syscall, path })
}

export class CallLog {
  readonly journal: Call[] = []
  readonly #faults = new Map<number, FaultCode>()
  #powerLossAt = Infinity

  get count(): number {
    return this.journal.length
  }

  failCall(number: number, code: FaultCode): void {
    this.#faults.set(number, code)
  }

  cutPowerAt(number: number): void {
    this.#powerLossAt = number
  }

  /** Counts a call; returns the error that it shall fail with. */
  record(syscall: string, path: string, changes: boolean, detail = ''): NodeJS.ErrnoException | null {
    const number = this.journal.length + 1
    this.journal.push({ number, syscall, path, detail, changes })
    this.checkPower()
    const code = this.#faults.get(number)
    return code === undefined ? null : systemError(code, syscall, path)
  }

  checkPower(): void {
    if (this.journal.length >= this.#powerLossAt) throw new PowerLoss()
  }
}
