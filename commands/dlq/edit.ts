import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { LettersInEditor } from './letters-in-editor.ts'
import { queryOf, selectionFlags } from '../dlq-flags.ts'
import { LettersCommand } from '../letters-command.ts'
import { dryRunFlag, topicFlag } from '../shared-flags.ts'
import { counted } from '../../src/errors/counted.ts'
import { exitCodes } from '../../src/errors/leat-error.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { editLetters } from '../../src/operations/dlq/edit/edit.ts'
import { Jq } from '../../src/operations/dlq/edit/jq.ts'
import { SetFields } from '../../src/operations/dlq/edit/set-fields.ts'
import type { ValueEdit } from '../../src/operations/dlq/edit/value-edit.ts'
import type { StoredRecord } from '../../src/operations/dlq/letters.ts'
import { selectLetters } from '../../src/operations/dlq/select.ts'
import { differencesJson, differencesText } from '../../src/output/differences-text.ts'
import { recordJson } from '../../src/output/record-json.ts'
import { realChildProcesses } from '../../src/system/real-child-processes.ts'
import { editorCommand } from '../../src/system/text-editor.ts'

export default class DlqEdit extends LettersCommand {
  static override summary = 'print dead letters with other values'
  static override description =
    'Changes nothing in the topic: it prints one envelope a line, for `leat dlq replay TOPIC --edited -`. Without --set and --jq, the letters are opened in $VISUAL or $EDITOR.'
  static override usage = 'dlq edit TOPIC'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topic' }) }
  static override flags = {
    topic: topicFlag,
    ...selectionFlags,
    offset: Flags.string({ char: 'o', summary: 'where to begin, or a range (42, 42:43, -10)' }),
    'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'at most so many letters' }),
    set: Flags.string({ summary: 'put a value into a field (.status=paid, .total=12)', multiple: true, multipleNonGreedy: true }),
    jq: Flags.string({ summary: "what jq makes of the value (.total |= . * 2); 'empty' leaves the record out" }),
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqEdit)
    const topic = this.oneTopic(args.topic, flags.topic)
    const selection = selectLetters(queryOf(flags, this.system.clock.now()))
    const maxLetters = flags['max-messages'] === undefined ? Infinity : requireCount('--max-messages', flags['max-messages'], 0)
    const editor = flags.set === undefined && flags.jq === undefined ? this.#editor() : null
    const edits = await this.#edits(flags)
    const put = async (before: StoredRecord, after: StoredRecord): Promise<void> => {
      if (!flags['dry-run']) await this.print(`${recordJson(after)}\n`)
      else await this.print(flags.json ? differencesJson(before, after) : differencesText(before, after))
    }
    try {
      await this.withCluster(flags, async (cluster) => {
        const ranges = this.rangesOf(cluster, [topic], flags)
        const onSkipped = ({ partition, offset }: StoredRecord, reason: string): void =>
          this.note(`leat: ${topic}-${partition} offset ${offset} is left out: ${reason}`)
        const onEdited = editor === null ? put : editor.collect
        const result = await editLetters({ ...this.reading(cluster), ranges, selection, maxLetters, edits, onEdited, onSkipped })
        if (result.dropped > 0) this.note(`leat: ${counted(result.dropped, 'letter')} left out by --jq`)
        if (result.skipped > 0) this.endWith(exitCodes.partial)
      })
    } finally {
      for (const edit of edits) await edit.close()
    }
    await editor?.edit(put)
  }

  #editor(): LettersInEditor {
    const command = editorCommand()
    if (command === null) throw this.usage('an edit is needed', 'Give --set .field=value or --jq EXPR, or set EDITOR.')
    return new LettersInEditor(command, (text) => this.note(text))
  }

  async #edits(flags: { readonly set?: string[] | undefined; readonly jq?: string | undefined }): Promise<ValueEdit[]> {
    const set = flags.set === undefined ? [] : [new SetFields(flags.set)]
    if (flags.jq === undefined) return set
    return [...set, await Jq.start(realChildProcesses, flags.jq)]
  }
}
