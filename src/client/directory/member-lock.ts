// Who of a group's members lives. Each holds a lock on a file of its own at the root of the data directory:
//
//   .leat.member.<member id>    {"groupId":"billing","sessionTimeoutMs":45000}
//
// The kernel frees the lock the moment a process dies. One that is suspended keeps it, so every heartbeat also touches the file: a
// lock that is held and a file that is old are a member that does not run. These are plain files because Kafka refuses to start on a
// directory in its data directory that is no partition's.
import { exitCodes, LeatError } from '../../errors/leat-error.ts'
import { isMissing } from '../../log/segment-files.ts'
import { DEFAULT_SESSION_TIMEOUT_MS } from '../groups.ts'
import type { Lock, LockFile } from '../../system/locks.ts'
import type { OpenFile } from '../../system/files.ts'
import type { System } from '../../system/system.ts'

const PREFIX = '.leat.member.'
/** Longer names fit no file system; members of this process have none such. */
const MAX_NAME_BYTES = 200

export interface MemberStatus {
  /** Whether its process lives. */
  readonly isHeld: boolean
  /** Since its last heartbeat. */
  readonly silentMs: number
  readonly sessionTimeoutMs: number
}

interface HeldMember {
  readonly lock: Lock
  readonly file: OpenFile
  readonly content: Buffer
  readonly touchIntervalMs: bigint
  touchedMs: bigint
}

/** A member's file, kept open to see whether it is locked. */
interface Probe {
  readonly identity: string
  readonly lock: LockFile
}

const READ_ONLY_CODES = new Set(['EACCES', 'EPERM', 'EROFS'])
const MAX_TOUCH_INTERVAL_MS = 1000

export class MemberLocks {
  readonly #system: System
  readonly #root: string
  readonly #held = new Map<string, HeldMember>()
  /** Files of others, by path. */
  readonly #probes = new Map<string, Probe>()
  /** By path; a member's never changes. */
  readonly #sessionTimeouts = new Map<string, number>()

  constructor(system: System, root: string) {
    this.#system = system
    this.#root = root
  }

  /** Whether this process holds the member's file. */
  holds(memberId: string): boolean {
    return this.#held.has(memberId)
  }

  /** Makes the member's file and holds it. @throws LeatError INVALID_REQUEST where another process does, or no file can have the name */
  acquire(memberId: string, groupId: string, sessionTimeoutMs: number): void {
    if (this.#held.has(memberId)) return
    const path = this.#pathOf(memberId)
    if (path === null) throw memberIdTooLong(memberId)
    const lock = this.#system.locks.tryLock(path, 'exclusive')
    if (lock === null) throw memberIdInUse(memberId, path)
    const content = Buffer.from(`${JSON.stringify({ groupId, sessionTimeoutMs })}\n`)
    const file = this.#system.files.open(path, 'write')
    file.truncate(0)
    file.write(content, 0, content.length, 0)
    const touchIntervalMs = BigInt(Math.min(MAX_TOUCH_INTERVAL_MS, Math.trunc(sessionTimeoutMs / 4)))
    this.#held.set(memberId, { lock, file, content, touchIntervalMs, touchedMs: this.#system.clock.now() })
  }

  /** Says that the member lives, if the last time is a while ago. */
  touch(memberId: string): void {
    const held = this.#held.get(memberId)
    const now = this.#system.clock.now()
    if (held === undefined || now - held.touchedMs < held.touchIntervalMs) return
    held.touchedMs = now
    held.file.write(held.content, 0, held.content.length, 0)
  }

  /** @param isReturning keeps the file: it says since when a static member is away */
  release(memberId: string, isReturning = false): void {
    const held = this.#held.get(memberId)
    if (held === undefined) return
    this.#held.delete(memberId)
    if (!isReturning) this.forget(memberId)
    held.file.close()
    held.lock.release()
  }

  /** null where there is no file: it is no member of this directory's processes, or was one. */
  statusOf(memberId: string): MemberStatus | null {
    const path = this.#pathOf(memberId)
    return path === null ? null : this.#statusAt(path, this.#held.has(memberId))
  }

  /** Removes the file of a member that is no more. */
  forget(memberId: string): void {
    const path = this.#pathOf(memberId)
    if (path !== null) this.#remove(path)
  }

  /** Removes files that were left behind by members long dead, in whatever group. */
  sweep(): void {
    for (const { name } of this.#system.files.list(this.#root)) {
      if (!name.startsWith(PREFIX)) continue
      const path = `${this.#root}/${name}`
      const status = this.#statusAt(path, false)
      if (status !== null && !status.isHeld && status.silentMs > status.sessionTimeoutMs) this.#remove(path)
    }
  }

  close(): void {
    for (const memberId of this.#held.keys()) this.release(memberId)
    for (const path of this.#probes.keys()) this.#close(path)
  }

  #statusAt(path: string, isOwn: boolean): MemberStatus | null {
    const stat = this.#system.files.stat(path)
    if (stat === null) return this.#close(path)
    const isHeld = isOwn || this.#isHeldElsewhere(path, stat.identity)
    if (isHeld === null) return null
    const silentMs = Number(this.#system.clock.now()) - stat.modifiedMs
    return { isHeld, silentMs, sessionTimeoutMs: this.#sessionTimeoutAt(path) }
  }

  /** Asked of every member at every heartbeat: one call on a file that stays open. null where the file is gone by now. */
  #isHeldElsewhere(path: string, identity: string): boolean | null {
    if (this.#probes.get(path)?.identity !== identity) this.#close(path)
    try {
      const lock = this.#probes.get(path)?.lock ?? this.#openProbe(path, identity)
      if (lock === null) return null
      if (!lock.tryAcquire()) return true
      lock.release()
      return false
    } catch (error) {
      // Who may only look may not open it for writing.
      if (error instanceof Error && 'code' in error && READ_ONLY_CODES.has(String(error.code)))
        return this.#system.locks.isLocked(path, 'shared')
      throw error
    }
  }

  #openProbe(path: string, identity: string): LockFile | null {
    const lock = this.#system.locks.openExisting(path)
    if (lock !== null) this.#probes.set(path, { identity, lock })
    return lock
  }

  #close(path: string): null {
    this.#probes.get(path)?.lock.close()
    this.#probes.delete(path)
    return null
  }

  #sessionTimeoutAt(path: string): number {
    const known = this.#sessionTimeouts.get(path)
    if (known !== undefined) return known
    const timeoutMs = parseSessionTimeout(this.#read(path))
    // A file without its text was made this moment, or its process died then; or it is just gone.
    if (timeoutMs === null) return DEFAULT_SESSION_TIMEOUT_MS
    this.#sessionTimeouts.set(path, timeoutMs)
    return timeoutMs
  }

  #read(path: string): string {
    try {
      return this.#system.files.readWhole(path).toString()
    } catch (error) {
      if (isMissing(error)) return ''
      throw error
    }
  }

  #remove(path: string): void {
    this.#sessionTimeouts.delete(path)
    this.#close(path)
    try {
      this.#system.files.remove(path)
    } catch (error) {
      // Everyone who finds it removes it.
      if (!isMissing(error)) throw error
    }
  }

  #pathOf(memberId: string): string | null {
    const name = `${PREFIX}${encodeURIComponent(memberId)}`
    return name.length > MAX_NAME_BYTES ? null : `${this.#root}/${name}`
  }
}

function memberIdTooLong(memberId: string): LeatError {
  const most = MAX_NAME_BYTES - PREFIX.length
  return new LeatError(
    'INVALID_REQUEST',
    `member id '${memberId.slice(0, 40)}…' is longer than the ${most} bytes that a file name has for it`,
    {
      hint: 'Use a shorter one.',
      exitCode: exitCodes.usage,
    },
  )
}

function memberIdInUse(memberId: string, path: string): LeatError {
  return new LeatError('INVALID_REQUEST', `member id '${memberId}' is in use by another process, which holds ${path}`, {
    hint: 'Stop that process, or join with an id of its own.',
  })
}

function parseSessionTimeout(text: string): number | null {
  const match = /"sessionTimeoutMs":(\d+)\}\n$/.exec(text)
  return match === null ? null : Number(match[1])
}
