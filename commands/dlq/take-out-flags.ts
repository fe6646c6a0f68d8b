// The flags that `dlq replay` and `dlq park` have in common.
import * as Flags from '@oclif/core/flags'
import type { BaseCommand } from '../base-command.ts'
import { selectionFlags } from '../dlq-flags.ts'
import { dryRunFlag, topicFlag } from '../shared-flags.ts'
import type { Interfaces } from '@oclif/core'

export const takeOutFlags = {
  topic: topicFlag,
  ...selectionFlags,
  max: Flags.string({ summary: 'at most so many records' }),
  'exactly-once': Flags.boolean({
    summary: 'records and the note that they are done in transactions: read_committed readers see each once, whatever happens to the run',
    default: false,
  }),
  'dry-run': dryRunFlag,
}

export type TakeOutFlags = Interfaces.InferredFlags<typeof takeOutFlags & (typeof BaseCommand)['baseFlags']>
