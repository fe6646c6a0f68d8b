// A text in the user's editor ($VISUAL, $EDITOR), as git and others have commit messages written.

export interface EditedText {
  readonly text: string
  /** Where the text is until `remove`: what somebody typed must not be lost. */
  readonly path: string
  remove(): void
}

/** The command that the environment names; null where it names none. */
export function editorCommand(): string | null {
  return process.env['VISUAL'] || process.env['EDITOR'] || null
}

/**
 * Waits until the editor has ended. It has the terminal for itself: standard output, which may be a pipe, is not its.
 * @param name of the file: editors go by its ending
 * @throws Error where the editor could not be run or failed
 */
export async function editText(command: string, name: string, text: string): Promise<EditedText> {
  const [{ spawnSync }, fs, os, path] = await Promise.all([
    import('node:child_process'),
    import('node:fs'),
    import('node:os'),
    import('node:path'),
  ])
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leat-'))
  const file = path.join(folder, name)
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true })
  fs.writeFileSync(file, text, { mode: 0o600 })
  const { status, error } = spawnSync(`${command} "${file}"`, { shell: true, stdio: ['inherit', 2, 'inherit'] })
  if (error !== undefined || status !== 0) {
    remove()
    throw error ?? new Error(`it ended with exit code ${status}`)
  }
  return { text: fs.readFileSync(file, 'utf8'), path: file, remove }
}
