// What is done to a data directory before anything is written to it: there has to be one, that somebody is named the owner of.
import { randomUuid } from '../bytes/uuid.ts'
import type { Files } from '../system/files.ts'
import type { System } from '../system/system.ts'
import { damagedMetaProperties } from './directory-errors.ts'
import {
  CLEAN_SHUTDOWN_FILE,
  META_PROPERTIES_FILE,
  type MetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from './meta-properties.ts'
import { LOCK_FILE } from './partition-folder.ts'
import type { PendingSyncs } from './pending-syncs.ts'

/** Node id of a directory that leat makes. */
const FIRST_NODE_ID = 1

/** Makes a directory and the missing ones above it. @returns those that have new entries by that, which are to be synced */
export function makeDirectory(files: Files, path: string): string[] {
  const parents: string[] = []
  for (let at = path; files.stat(at) === null; at = parentOf(at)) parents.push(parentOf(at))
  files.makeDirectory(path)
  return parents
}

/**
 * Whose the directory is; a new one is settled to be leat's. What would not be true any more is taken away.
 * @param parents of a new directory: their entries are on the disk when this resolves
 * @param syncs takes what has to be on the disk before anything is acknowledged
 */
export async function prepareDirectory(
  system: System,
  root: string,
  parents: readonly string[],
  syncs: PendingSyncs,
): Promise<MetaProperties> {
  const { files, locks } = system
  const present = readMetaProperties(files, root)
  const isMarkedClean = files.stat(`${root}/${CLEAN_SHUTDOWN_FILE}`) !== null
  if (present !== null && !isMarkedClean) {
    await syncEntries(files, parents)
    return present
  }
  const lock = locks.open(`${root}/${LOCK_FILE}`)
  lock.acquire()
  try {
    // What is appended from now on was not there at the clean stop.
    if (files.stat(`${root}/${CLEAN_SHUTDOWN_FILE}`) !== null) {
      files.remove(`${root}/${CLEAN_SHUTDOWN_FILE}`)
      await files.syncDirectory(root)
    }
    // Whoever finds meta.properties need not ask whether the directory itself is on the disk. One disk does all of it at once.
    const [meta] = await Promise.all([prepareMeta(system, root), syncEntries(files, [...parents, parentOf(root)])])
    if (meta.putInPlace !== null) {
      meta.putInPlace()
      syncs.addDirectory(root)
    }
    return meta.properties
  } finally {
    lock.release()
    lock.close()
  }
}

/** @returns what is in the directory, or what is beside it on the disk by then, to be put in its place */
async function prepareMeta(
  { files, random }: System,
  root: string,
): Promise<{ properties: MetaProperties; putInPlace: (() => void) | null }> {
  const present = readMetaProperties(files, root)
  if (present !== null) return { properties: present, putInPlace: null }
  if (files.stat(`${root}/${META_PROPERTIES_FILE}`) !== null) throw damagedMetaProperties(root)
  const uuid = (): string => randomUuid((bytes) => random.fill(bytes))
  const properties = { clusterId: uuid(), nodeId: FIRST_NODE_ID, directoryId: uuid() }
  return { properties, putInPlace: await writeMetaProperties(files, root, properties) }
}

async function syncEntries(files: Files, directories: readonly string[]): Promise<void> {
  await Promise.all([...new Set(directories)].map((directory) => files.syncDirectory(directory)))
}

function parentOf(path: string): string {
  const slash = path.replace(/\/+$/, '').lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}
