// Letters that the user changes in an editor: all of them in one file, an envelope a line.
import { LeatError, exitCodes } from '../../src/errors/leat-error.ts'
import { readEditedFile } from '../../src/operations/dlq/edit/edited-file.ts'
import type { StoredRecord } from '../../src/operations/dlq/letters.ts'
import { editableJson } from '../../src/output/record-json.ts'
import { type EditedText, EditorFailed, editText } from '../../src/system/text-editor.ts'

/** More are no work for an editor. */
const MAX_LETTERS = 10_000
const NOTE = `# One record a line. What is changed in keys, values, headers and timestamps counts; a line that is taken out leaves its record out.
# Topic, partition and offset say which record it is.
`

export class LettersInEditor {
  readonly #command: string
  readonly #note: (text: string) => void
  readonly #letters: StoredRecord[] = []

  /** @param note says something on stderr */
  constructor(command: string, note: (text: string) => void) {
    this.#command = command
    this.#note = note
  }

  /** Takes a letter for `edit`. @throws LeatError (usage) when there are too many */
  readonly collect = async (letter: StoredRecord): Promise<void> => {
    if (this.#letters.push(letter) <= MAX_LETTERS) return
    throw new LeatError('USAGE', `more than ${MAX_LETTERS} letters are too many for an editor`, {
      hint: 'Choose some of them: -n 100, --where, --shape.',
      exitCode: exitCodes.usage,
    })
  }

  /** Opens the editor, if there are letters, and hands each over as it was and as it is after that. */
  async edit(put: (before: StoredRecord, after: StoredRecord) => Promise<void>): Promise<void> {
    if (this.#letters.length === 0) return
    const edited = await this.#open()
    try {
      for (const { before, after } of readEditedFile(edited.text, this.#letters)) await put(before, after)
    } catch (error) {
      if (!(error instanceof LeatError)) {
        this.#note(`leat: what the editor left is in ${edited.path}`)
        throw error
      }
      throw new LeatError(error.code, `what the editor left is not as it should be: ${error.message}`, { hint: `It is in ${edited.path}.` })
    }
    edited.remove()
  }

  async #open(): Promise<EditedText> {
    const text = NOTE + this.#letters.map((letter) => `${editableJson(letter)}\n`).join('')
    try {
      return await editText(this.#command, 'letters.jsonl', text)
    } catch (error) {
      if (!(error instanceof EditorFailed)) throw error
      throw new LeatError('COMMAND_FAILED', `the editor '${this.#command}' failed: ${error.message}`, {
        hint: error.kept === null ? 'Set EDITOR to one that works.' : `What was typed is kept in ${error.kept}.`,
      })
    }
  }
}
