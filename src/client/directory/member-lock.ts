// Who of a group's members lives. Each holds a lock on a file of its own at the root of the data directory:
//
//   .leat.member.<member id>    {"groupId":"billing","sessionTimeoutMs":45000}
//
// The kernel frees the lock the moment a process dies. One that is suspended keeps it, so every heartbeat also touches the file: a
// lock that is held and a file that is old are a member that does not run. These are plain files because Kafka refuses to start on a
// directory in its data directory that is no partition's.
import type { Lock, LockFile } from '../../system/locks.ts'
import type { OpenFile } from '../../system/files.ts'
import type { System } from '../../system/system.ts'

const PREFIX = '.leat.member.'
/** Longer names fit no file system; members of this process have none such. */
const MAX_NAME_BYTES = 200

/** As Kafka has it (group.consumer.session.timeout.ms). */
export const DEFAULT_SESSION_TIMEOUT_MS = 45_000

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

  /** Makes the member's file and holds it; false when another process does. */
  acquire(memberId: string, groupId: string, sessionTimeoutMs: number): boolean {
    if (this.#held.has(memberId)) return true
    const path = this.#pathOf(memberId)
    const lock = path === null ? null : this.#system.locks.tryLock(path, 'exclusive')
    if (path === null || lock === null) return false
    const content = Buffer.from(`${JSON.stringify({ groupId, sessionTimeoutMs })}\n`)
    const file = this.#system.files.open(path, 'write')
    file.truncate(0)
    file.write(content, 0, content.length, 0)
    const touchIntervalMs = BigInt(Math.min(MAX_TOUCH_INTERVAL_MS, Math.trunc(sessionTimeoutMs / 4)))
    this.#held.set(memberId, { lock, file, content, touchIntervalMs, touchedMs: this.#system.clock.now() })
    return true
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
    const silentMs = Number(this.#system.clock.now()) - stat.modifiedMs
    return { isHeld: isOwn || this.#isHeldElsewhere(path, stat.identity), silentMs, sessionTimeoutMs: this.#sessionTimeoutAt(path) }
  }

  /** Asked of every member at every heartbeat: one call on a file that stays open. */
  #isHeldElsewhere(path: string, identity: string): boolean {
    if (this.#probes.get(path)?.identity !== identity) this.#close(path)
    const probe = this.#probes.get(path) ?? this.#openProbe(path, identity)
    // Who may only look may not open it for writing.
    if (probe === null) return this.#system.locks.isLocked(path, 'shared')
    if (!probe.lock.tryAcquire()) return true
    probe.lock.release()
    return false
  }

  #openProbe(path: string, identity: string): Probe | null {
    try {
      const probe = { identity, lock: this.#system.locks.open(path) }
      this.#probes.set(path, probe)
      return probe
    } catch (error) {
      if (error instanceof Error && 'code' in error && READ_ONLY_CODES.has(String(error.code))) return null
      throw error
    }
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
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
      throw error
    }
  }

  #remove(path: string): void {
    this.#sessionTimeouts.delete(path)
    this.#close(path)
    if (this.#system.files.stat(path) !== null) this.#system.files.remove(path)
  }

  #pathOf(memberId: string): string | null {
    const name = `${PREFIX}${encodeURIComponent(memberId)}`
    return name.length > MAX_NAME_BYTES ? null : `${this.#root}/${name}`
  }
}

function parseSessionTimeout(text: string): number | null {
  const match = /"sessionTimeoutMs":(\d+)\}\n$/.exec(text)
  return match === null ? null : Number(match[1])
}
