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

/** The editor could not be run, failed, or was killed. */
export class EditorFailed extends Error {
  /** Where what was typed is; null where nothing was. */
  readonly kept: string | null

  constructor(message: string, kept: string | null) {
    super(message)
    this.name = 'EditorFailed'
    this.kept = kept
  }
}

/**
 * Waits until the editor has ended. It has the terminal for itself: standard output, which may be a pipe, is not its.
 * @param name of the file: editors go by its ending
 * @throws EditorFailed
 */
export async function editText(command: string, name: string, text: string): Promise<EditedText> {
  // Where V8 compiled the bundle before, an `import()` in it has Node print a warning.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const fs = process.getBuiltinModule('node:fs')
  const os = process.getBuiltinModule('node:os')
  const path = process.getBuiltinModule('node:path')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leat-'))
  const file = path.join(folder, name)
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true })
  fs.writeFileSync(file, text, { mode: 0o600 })
  const { status, signal, error } = spawnSync(`${command} "${file}"`, { shell: true, stdio: ['inherit', 2, 'inherit'] })
  const edited = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null
  if (error === undefined && status === 0 && edited !== null) return { text: edited, path: file, remove }
  // An editor that is killed may leave more than the file: what it had not written yet.
  const isTyped = edited !== text || fs.readdirSync(folder).length > 1
  if (!isTyped) remove()
  const how = signal === null ? `it ended with exit code ${status}` : `it was killed by ${signal}`
  throw new EditorFailed(error?.message ?? (edited === null ? 'it left no file' : how), isTyped ? file : null)
}
