// Small text files that are replaced as a whole: written beside, then renamed over, so that a reader sees the old or the new.
import type { Files, OpenFile } from '../system/files.ts'
import type { PendingSyncs } from './pending-syncs.ts'

/** The file's text, or null when there is none. */
export function readText(files: Files, path: string): string | null {
  return files.stat(path)?.kind === 'file' ? files.readWhole(path).toString('utf8') : null
}

/** Replaces the file. @param syncs takes what makes it last through a power loss; null for files that are derived */
export function replaceText(files: Files, path: string, text: string, syncs: PendingSyncs | null): void {
  replaceBytes(files, path, Buffer.from(text))
  syncs?.addFile(path)
  syncs?.addDirectory(path.slice(0, path.lastIndexOf('/')))
}

/** Replaces the file: whoever reads it meanwhile finds the old bytes or the new ones. */
export function replaceBytes(files: Files, path: string, bytes: Buffer): void {
  const temporary = writeBeside(files, path, bytes, () => {})
  files.rename(temporary, path)
}

/** Replaces a file that cannot be made anew from others: the new text is on the disk before the old one goes. */
export function replaceTextDurably(files: Files, path: string, text: string): void {
  const temporary = writeBeside(files, path, Buffer.from(text), (file) => file.syncNow())
  files.rename(temporary, path)
  files.syncDirectoryNow(path.slice(0, path.lastIndexOf('/')))
}

/** Resolves once the text is on the disk, beside the file that it is for. @returns what replaces that file; the entry is to be synced then */
export async function writeTextBeside(files: Files, path: string, text: string): Promise<() => void> {
  const temporary = `${path}.tmp`
  const file = files.open(temporary, 'create')
  try {
    overwrite(file, Buffer.from(text))
    await file.sync()
  } finally {
    file.close()
  }
  return () => files.rename(temporary, path)
}

/** @returns what was written, whole */
function writeBeside(files: Files, path: string, bytes: Buffer, finish: (file: OpenFile) => void): string {
  const temporary = `${path}.tmp`
  try {
    const file = files.open(temporary, 'create')
    try {
      overwrite(file, bytes)
      finish(file)
    } finally {
      file.close()
    }
    return temporary
  } catch (error) {
    discard(files, temporary)
    throw error
  }
}

/** A full disk keeps nothing of a file that it had no room for: where that has an offset for a name, no later write would take it away. */
function discard(files: Files, temporary: string): void {
  try {
    files.remove(temporary)
  } catch {
    // What the disk said first is what is told.
  }
}

function overwrite(file: OpenFile, bytes: Buffer): void {
  file.truncate(0)
  file.write(bytes, 0, bytes.length, 0)
}
