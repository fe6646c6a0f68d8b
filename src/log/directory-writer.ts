// A data directory, for writing. Any number of processes may write at once: each holds `.lock` shared, which keeps a broker
// (that wants it for itself) out, and a lock of its own for each partition while it appends.
//
//   .leat.lock                for what belongs to all partitions: meta.properties, checkpoints
//   orders-0/.leat.lock       for the partition's files
//
// These are plain files because Kafka refuses to start on a directory in its data directory that is no partition's.
//
// Closing leaves a recovery point for each log written to, so that the next one that opens it has next to nothing to look at, and a
// high watermark, so that a broker takes all of it for committed.
import type { Uuid } from '../bytes/uuid.ts'
import type { Lock, LockFile, NotAwaited } from '../system/locks.ts'
import type { System } from '../system/system.ts'
import { readCheckpoint } from './checkpoint-files.ts'
import { DirectoryCheckpoints } from './directory-checkpoints.ts'
import { directoryInUse, notWritable } from './directory-errors.ts'
import { deletedFolderName, folderName, parseFolderName } from './folder-name.ts'
import { PARTITION_METADATA_FILE, type MetaProperties, readPartitionMetadata, writePartitionMetadata } from './meta-properties.ts'
import { deletedWhileWritten } from './deleted-meanwhile.ts'
import { PartitionLog } from './partition-log.ts'
import { isInTheWay, LOCK_FILE } from './partition-folder.ts'
import { PendingSyncs } from './pending-syncs.ts'
import { makeDirectory, prepareDirectory } from './prepare-directory.ts'
import type { RecoveryReport } from './recovery.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { isStorageFailure } from './storage-error.ts'
import type { LogConfig } from './topic-config.ts'

export { LOCK_FILE }

/** A partition's lock file, open, and what tells that it still is that of the folder with this name. */
interface FolderLock {
  readonly lock: LockFile
  readonly identity: string | null
}

/** The directory, open for writing. */
interface Opened {
  readonly lock: Lock
  readonly meta: MetaProperties
  readonly syncs: PendingSyncs
}

type Guard = <T extends NotAwaited>(action: () => T) => T

export class DirectoryWriter {
  readonly root: string
  readonly meta: MetaProperties
  readonly #system: System
  readonly #lock: Lock
  readonly #onRecovery: (report: RecoveryReport) => void
  readonly #logs = new Map<string, PartitionLog>()
  /** By folder: the lock file that its log was opened with. One that is another now is of a topic that was made again. */
  readonly #identities = new Map<string, string | null>()
  /** Logs whose folders another process deleted. */
  readonly #deleted: PartitionLog[] = []
  /** By folder: up to where the next one that opens the log need not look, as far as this process left it. */
  readonly #recoveryPoints = new Map<string, bigint>()
  readonly #syncs: PendingSyncs
  readonly #checkpoints: DirectoryCheckpoints

  private constructor(system: System, root: string, { lock, meta, syncs }: Opened, onRecovery: (report: RecoveryReport) => void) {
    this.root = root
    this.meta = meta
    this.#system = system
    this.#lock = lock
    let isUnfinished = false
    this.#onRecovery = (report) => {
      // One disk gives one reason.
      if (report.kind !== 'unfinished' || !isUnfinished) onRecovery(report)
      isUnfinished ||= report.kind === 'unfinished'
    }
    this.#syncs = syncs
    this.#checkpoints = new DirectoryCheckpoints(system, root, syncs)
  }

  /**
   * Opens the directory, making it when there is none.
   * @throws LeatError DIRECTORY_IN_USE when a broker holds it; NOT_A_DIRECTORY; NOT_WRITABLE
   */
  static async open(system: System, root: string, onRecovery: (report: RecoveryReport) => void): Promise<DirectoryWriter> {
    const { files, locks } = system
    try {
      const parents = makeDirectory(files, root)
      const lock = locks.tryLock(`${root}/.lock`, 'shared')
      if (lock === null) throw directoryInUse(root)
      try {
        const syncs = new PendingSyncs(files)
        const meta = await prepareDirectory(system, root, parents, syncs)
        return new DirectoryWriter(system, root, { lock, meta, syncs }, onRecovery)
      } catch (error) {
        lock.release()
        throw error
      }
    } catch (error) {
      throw notWritable(root, error)
    }
  }

  path(folder: string): string {
    return `${this.root}/${folder}`
  }

  /**
   * The log of a partition, opened once for each folder that has its name; the folder is made when it is missing.
   * @param guard runs what is done to the folder before its log is looked at: that may take long, and needs the log's own lock only
   * @throws LeatError UNKNOWN_TOPIC_OR_PARTITION when the folder goes in between
   */
  openLog(topic: string, partition: number, topicId: Uuid | null, config: LogConfig, guard: Guard = (action) => action()): PartitionLog {
    const folder = folderName(topic, partition)
    const opened = guard(() => this.#known(folder) ?? this.#openLock(topic, partition, topicId))
    if (opened instanceof PartitionLog) return opened
    try {
      const log = this.#recover(folder, config, opened)
      this.#logs.set(folder, log)
      this.#identities.set(folder, opened.identity)
      this.#recoveryPoints.set(folder, log.activeBaseOffset)
      return log
    } catch (error) {
      opened.lock.close()
      throw error
    }
  }

  #known(folder: string): PartitionLog | null {
    const known = this.#logs.get(folder)
    if (known !== undefined && this.#identities.get(folder) === this.#identityOf(folder)) return known
    // Another process deleted the topic: whoever has the log is told so when it writes.
    if (known !== undefined) this.#deleted.push(known)
    this.#logs.delete(folder)
    return null
  }

  #openLock(topic: string, partition: number, topicId: Uuid | null): FolderLock {
    this.ensureFolder(topic, partition, topicId)
    const folder = folderName(topic, partition)
    this.#addFound(folder)
    const lock = this.#system.locks.open(`${this.path(folder)}/${LOCK_FILE}`)
    return { lock, identity: this.#identityOf(folder) }
  }

  #recover(folder: string, config: LogConfig, { lock, identity }: FolderLock): PartitionLog {
    const { files } = this.#system
    const known = (kind: 'recoveryPoint' | 'logStartOffset'): bigint => readCheckpoint(files, this.root, kind).get(folder) ?? 0n
    return new PartitionLog({
      system: this.#system,
      directory: this.path(folder),
      config,
      lock,
      isCurrent: () => identity !== null && this.#identityOf(folder) === identity,
      recoveryPoint: known('recoveryPoint'),
      logStartOffset: known('logStartOffset'),
      onRecovery: this.#onRecovery,
    })
  }

  #identityOf(folder: string): string | null {
    return this.#system.files.stat(`${this.path(folder)}/${LOCK_FILE}`)?.identity ?? null
  }

  /** What leads to the partition's records may be of another process that was killed before it synced it. */
  #addFound(folder: string): void {
    this.#syncs.addDirectory(this.root)
    this.#syncs.addFile(`${this.path(folder)}/${PARTITION_METADATA_FILE}`)
  }

  /**
   * Runs `action` while no other process appends to the partition's log, without opening it. What the log has by then is synced with the
   * rest: what `action` decides rests on it.
   */
  whileLocked<T extends NotAwaited>(topic: string, partition: number, action: () => T): T {
    const folder = folderName(topic, partition)
    const lock = this.#system.locks.open(`${this.path(folder)}/${LOCK_FILE}`)
    lock.acquire()
    try {
      this.#addFound(folder)
      this.#syncs.addDirectory(this.path(folder))
      for (const base of listSegments(this.#system.files, this.path(folder)))
        this.#syncs.addFile(segmentPath(this.path(folder), base, 'log'))
      return action()
    } finally {
      lock.release()
      lock.close()
    }
  }

  /** Makes a partition's folder where there is none. An id that is not the metadata's is damage: the folder's name is what counts. */
  ensureFolder(topic: string, partition: number, topicId: Uuid | null): void {
    const { files } = this.#system
    const path = this.path(folderName(topic, partition))
    if (files.stat(path) === null) {
      files.makeDirectory(path)
      this.#syncs.addDirectory(this.root)
    }
    if (topicId !== null && readPartitionMetadata(files, path) !== topicId) writePartitionMetadata(files, path, topicId, this.#syncs)
  }

  /**
   * Renames a partition's folder to one that waits to be deleted; a folder that is somebody else's stays.
   * @param id of the topic that is deleted: a folder that has another's stays, too; null for whosever it is
   */
  moveAway(topic: string, partition: number, id: Uuid | null): void {
    const unique = Buffer.alloc(16)
    this.#system.random.fill(unique)
    const { files } = this.#system
    const from = this.path(folderName(topic, partition))
    if (files.stat(from) === null || isInTheWay(files, from)) return
    if (id !== null && (readPartitionMetadata(files, from) ?? id) !== id) return
    files.rename(from, this.path(deletedFolderName(topic, partition, unique.toString('hex'))))
    this.#syncs.addDirectory(this.root)
  }

  /**
   * Whoever gets the name of a folder that is gone starts at offset 0: checkpoints have nothing of it any more, on the disk. To be called while
   * nobody can give the folders' names to another topic, once they are moved away: whose logs they were cannot write there from then on.
   */
  forget(folders: readonly string[]): void {
    this.#checkpoints.forget(folders)
  }

  /** Removes the folders of deleted topics. */
  removeDeleted(): void {
    for (const { name } of this.#system.files.list(this.root))
      if (parseFolderName(name)?.kind === 'delete') this.#system.files.removeTree(this.path(name))
  }

  /**
   * The log in a folder starts at `startOffset`, or where it starts already, if that is later: starts never go back. On the disk when this
   * returns: it cannot be found out again.
   * @returns where the log starts
   * @throws LeatError UNKNOWN_TOPIC_OR_PARTITION when another process deleted the topic since its log was opened
   */
  raiseLogStart(folder: string, startOffset: bigint): bigint {
    const start = this.#checkpoints.raiseLogStart(folder, startOffset, () => !this.#isReplaced(folder))
    if (start === null) throw deletedWhileWritten(folder)
    return start
  }

  /** Before `offset`, the log in a folder is compacted. */
  setCleanedOffset(folder: string, offset: bigint): void {
    this.#checkpoints.setCleanedOffset(folder, offset, () => !this.#isReplaced(folder))
  }

  /** Whether the folder is not the one that its log was opened in: the topic is deleted, and may have been made again. */
  #isReplaced(folder: string): boolean {
    return this.#logs.get(folder)?.isCurrent === false
  }

  /** Resolves once everything appended so far is on the disk, new folders included. A log that cannot be synced keeps no other from it. */
  async sync(): Promise<void> {
    const logs = new Map(this.#logs)
    const starts = [...logs].map(([folder, log]) => [folder, log.activeBaseOffset] as const)
    const outcomes = await Promise.allSettled(logs.values().map((log) => log.sync()))
    await this.#syncs.flush()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    const rolled = starts.filter(([folder, start]) => start > (this.#recoveryPoints.get(folder) ?? 0n))
    if (rolled.length > 0) this.#orUnfinished(() => this.#moveRecoveryPoints(logs, new Map(rolled)))
  }

  /** After a roll and a sync: whoever writes for weeks and then loses power leaves one segment to look at. */
  #moveRecoveryPoints(logs: ReadonlyMap<string, PartitionLog>, rolled: ReadonlyMap<string, bigint>): void {
    for (const [folder, start] of rolled) this.#recoveryPoints.set(folder, start)
    this.#checkpoints.raiseRecoveryPoints(rolled, (folder) => logs.get(folder)?.isCurrent === true)
  }

  /** Closes all logs in order and lets the directory go. @param isDurable false: what was written is left to the system to sync */
  async close(isDurable = true): Promise<void> {
    try {
      if (isDurable) await this.sync()
      await this.#leaveInOrder(isDurable)
    } finally {
      await Promise.all([...this.#logs.values(), ...this.#deleted].map((log) => log.dispose()))
      this.#logs.clear()
      this.#lock.release()
    }
  }

  async #leaveInOrder(isDurable: boolean): Promise<void> {
    const logs = new Map(this.#logs)
    const ends = new Map<string, bigint>()
    const finish = async (folder: string, log: PartitionLog): Promise<void> => {
      try {
        if (isDurable) ends.set(folder, await log.finish())
        else log.writeDerivedFiles()
      } catch (error) {
        this.#tellUnfinished(error)
      }
    }
    // None is closed under another that is still being synced.
    const outcomes = await Promise.allSettled(logs.entries().map(([folder, log]) => finish(folder, log)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    // The logs are still open: another folder's lock file could have the identity of one that is gone and closed.
    if (ends.size > 0) this.#orUnfinished(() => this.#checkpoints.leaveEnds(ends, (folder) => logs.get(folder)?.isCurrent === true))
  }

  /** The records are stored by now, and what is written here is derived from them: a disk that refuses it costs the next one a longer look. */
  #orUnfinished(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#tellUnfinished(error)
    }
  }

  #tellUnfinished(error: unknown): void {
    if (!isStorageFailure(error)) throw error
    this.#onRecovery({ kind: 'unfinished', error })
  }
}

/** Looks whether the directory could be written to now, and changes nothing. @throws LeatError DIRECTORY_IN_USE */
export function checkNotInUse({ files, locks }: System, root: string): void {
  if (files.stat(`${root}/.lock`) !== null && locks.isLocked(`${root}/.lock`, 'shared')) throw directoryInUse(root)
}
