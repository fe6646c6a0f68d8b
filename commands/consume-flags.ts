// The flags of `leat consume`.
import * as Flags from '@oclif/core/flags'
import { handlerFlags } from './handler-flags.ts'
import { memberFlags } from './member-flags.ts'
import type { BaseCommand } from './base-command.ts'
import { topicsFlag } from './shared-flags.ts'
import type { Interfaces } from '@oclif/core'

export type ConsumeFlags = Interfaces.InferredFlags<typeof consumeFlags & (typeof BaseCommand)['baseFlags']>

export const consumeFlags = {
  topic: topicsFlag,
  regex: Flags.boolean({ char: 'r', summary: 'topics are regular expressions' }),
  partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
  offset: Flags.string({
    char: 'o',
    summary: 'where to begin, or a range (42, -10, @-1h, 10:20); in a group only where nothing is committed',
    default: 'beginning',
  }),
  'from-beginning': Flags.boolean({ summary: 'begin at the beginning (the default)', exclusive: ['offset'] }),
  until: Flags.string({ summary: 'where to stop (an offset or @TIME), exclusive' }),
  follow: Flags.boolean({ char: 'f', summary: 'go on as records come' }),
  exit: Flags.boolean({ char: 'e', summary: 'stop at the present end (the default)', exclusive: ['follow'] }),
  'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'stop after so many records' }),
  timeout: Flags.string({ summary: 'wait this long for records; fewer than -n by then is exit code 4' }),
  'timeout-ms': Flags.string({ summary: 'the same in milliseconds', exclusive: ['timeout'] }),
  format: Flags.string({ summary: 'template (%t %p %o %k %s %T %h …, \\n \\t)', exclusive: ['json'] }),
  delimiter: Flags.string({ char: 'D', summary: 'what follows each value', default: '\\n' }),
  'key-delimiter': Flags.string({ char: 'K', summary: 'print keys too, each followed by this' }),
  null: Flags.boolean({ char: 'Z', summary: 'print NULL for a null key or value' }),
  filter: Flags.string({ summary: 'wanted records: k:REGEX, v:REGEX, h:NAME=REGEX; ! negates', multiple: true, multipleNonGreedy: true }),
  where: Flags.string({ summary: 'wanted records: .status == "paid" && .total >= 100', multiple: true, multipleNonGreedy: true }),
  key: Flags.string({ char: 'k', summary: 'wanted records: those with this key' }),
  'headers-only': Flags.boolean({ summary: 'leave key and value out' }),
  'isolation-level': Flags.string({
    summary: 'whether records of aborted and open transactions are seen',
    options: ['read_committed', 'read_uncommitted'],
    default: 'read_uncommitted',
  }),
  ...memberFlags,
  ...handlerFlags,
  control: Flags.boolean({ summary: 'show transaction markers (with --json)', dependsOn: ['json'] }),
}
