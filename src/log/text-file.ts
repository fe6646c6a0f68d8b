// Small text files that are replaced as a whole: written beside, then renamed over, so that a reader sees the old or the new.
import type { Files } from '../system/files.ts'

/** The file's text, or null when there is none. */
export function readText(files: Files, path: string): string | null {
  return files.stat(path)?.kind === 'file' ? files.readWhole(path).toString('utf8') : null
}

/** Replaces the file; on the disk only once its directory is synced too (`sync`). */
export function replaceText(files: Files, path: string, text: string): void {
  const bytes = Buffer.from(text)
  const temporary = `${path}.tmp`
  const file = files.open(temporary, 'create')
  try {
    file.truncate(0)
    file.write(bytes, 0, bytes.length, 0)
  } finally {
    file.close()
  }
  files.rename(temporary, path)
}

/** Replaces the file, and resolves once that survives a power loss. */
export async function replaceTextDurably(files: Files, path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const temporary = `${path}.tmp`
  const file = files.open(temporary, 'create')
  try {
    file.truncate(0)
    file.write(bytes, 0, bytes.length, 0)
    await file.sync()
  } finally {
    file.close()
  }
  files.rename(temporary, path)
  await files.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}
