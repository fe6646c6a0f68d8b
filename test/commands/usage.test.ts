import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const WRONG: [commandLine: string, said: string][] = [
  ['prodcue', "leat: there is no command 'prodcue'\nDid you mean `leat produce`? See `leat --help`.\n"],
  ['topic lst', "leat: there is no command 'topic lst'\nDid you mean `leat topic list`? See `leat topic --help`.\n"],
  ['help topic qqqqqqqq', "leat: there is no command 'topic qqqqqqqq'\nSee `leat topic --help`.\n"],
  ['topic qqqqqqqq --help', "leat: there is no command 'topic qqqqqqqq'\nSee `leat topic --help`.\n"],
  ['topic qqqqqqqq', "leat: there is no command 'topic qqqqqqqq'\nSee `leat topic --help`.\n"],
  ['-d data', 'leat: a command is needed, and there is none before -d\nSee `leat --help`.\n'],
  ['-d data cosume', "leat: there is no command 'cosume'\nDid you mean `leat consume`? See `leat --help`.\n"],
  ['--follow consume t', 'leat: a command is needed, and there is none before --follow\nSee `leat --help`.\n'],
  ['topic -q', "leat: 'topic' is followed by what to do: alter, create, delete, describe, list, trim\nSee `leat topic --help`.\n"],
  [
    'consume t -X security.protocol=SSL',
    'leat: there is no flag -X yet: client properties come with commands on clusters\nSee `leat consume --help`.\n',
  ],
  [
    'consume t -o 2 --until 1',
    "leat: --until '1' is before --offset 2\nExamples: beginning, end, 42, -10 (the last 10), +5, @2026-11-21, @-1h.\n",
  ],
  [
    'consume t -o 1:5 --until 3',
    "leat: --offset '1:5' says where to stop, and so does --until\nExamples: beginning, end, 42, -10 (the last 10), +5, @2026-11-21, @-1h.\n",
  ],
  [
    'table t --as-of 1:5',
    "leat: --as-of '1:5' is a range, and one place is needed\nExamples: beginning, end, 42, -10 (the last 10), +5, @2026-11-21, @-1h.\n",
  ],
  ['topic list --jsno', 'leat: there is no flag --jsno\nDid you mean --json? See `leat topic list --help`.\n'],
  ['topic list --broker x', 'leat: there is no flag --broker\nDid you mean --brokers? See `leat topic list --help`.\n'],
  ['topic list a b', 'leat: more arguments than expected: a b\nSee `leat topic list --help`.\n'],
  ['topic list --dir', 'leat: --dir needs a value\nSee `leat topic list --help`.\n'],
  ['completion', 'leat: missing: SHELL\nSee `leat completion --help`.\n'],
  [
    'consume t --isolation-level read_comitted',
    "leat: --isolation-level is one of read_committed, read_uncommitted, not 'read_comitted'\nDid you mean read_committed? See `leat consume --help`.\n",
  ],
  ['produce t --key a --key-field .b', 'leat: --key and --key-field do not go together\nSee `leat produce --help`.\n'],
  ['consume t -f -e', 'leat: --follow and --exit do not go together\nSee `leat consume --help`.\n'],
  ['produce t --array --csv', 'leat: --array and --csv do not go together\nSee `leat produce --help`.\n'],
  ['consume t -f %s', "leat: '%s' is not a topic; a template is given with --format, and -f follows\nSee `leat consume --help`.\n"],
  ['consume t --control', 'leat: --control needs --json\nSee `leat consume --help`.\n'],
  ['topic trim t', 'leat: --before is needed\nSee `leat topic trim --help`.\n'],
  ['completion tcsh', "leat: SHELL is one of bash, zsh, fish, not 'tcsh'\nDid you mean bash? See `leat completion --help`.\n"],
  ['completion zhs', "leat: SHELL is one of bash, zsh, fish, not 'zhs'\nDid you mean zsh? See `leat completion --help`.\n"],
  ['topic trim --before 1', 'leat: a topic is needed\nSee `leat topic trim --help`.\n'],
  ['topic trim o -t p --before 1', 'leat: one topic is needed, not o and p\nSee `leat topic trim --help`.\n'],
  ['topic create o -p 1 -p 2', 'leat: --partitions is given twice\nSee `leat topic create --help`.\n'],
  ['topic list -d=', 'leat: --dir (or LEAT_DIR) is empty\nFor example --dir .leat.\n'],
  ['produce t --envelope=', 'leat: --envelope needs the type of the events\nFor example --envelope order.created.\n'],
  [
    'produce t --json --key a',
    'leat: --key does not go with --json\nAn envelope says itself what the key, the headers and the timestamp are.\n',
  ],
  [
    'produce t --json --header-field a=.b',
    'leat: --header-field does not go with --json\nAn envelope says itself what the key, the headers and the timestamp are.\n',
  ],
  ['produce t --csv -D ;', 'leat: --delimiter does not go with --csv\nIt is what ends a line.\n'],
  ['produce t -p x', 'leat: --partition x is not a partition\nFor example --partition 0.\n'],
  ['produce', 'leat: a topic is needed\nSee `leat produce --help`.\n'],
  ['produce t -H =x', "leat: --header '=x' has no name\nFor example --header trace=abc.\n"],
  ['produce t --batch-bytes 0', 'leat: --batch-bytes 0 is less than 1\nFor example --batch-bytes 64KiB.\n'],
  ['produce t -p 0,2', 'leat: --partition 0,2 is several partitions, and a record goes to one\nFor example --partition 0.\n'],
]

test.each(WRONG)('`leat %s` is refused with exit code 2, a reason and what was probably meant', async (commandLine, said) => {
  const { exitCode, stdout, stderr } = await leat(commandLine.split(' '))
  expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({ exitCode: 2, stdout: '', stderr: said })
})

test('with --json an error is one JSON object on stderr', async () => {
  const { exitCode, stdout, stderr } = await leat(['topic', 'list', '--json', '--nosuch'])
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'USAGE', message: 'there is no flag --nosuch', hint: 'See `leat topic list --help`.', exitCode: 2 },
  })
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 2, stdout: '' })
})

test('a broker is refused, because this version works on directories only', async () => {
  for (const flag of ['-b', '--bootstrap-server', '--bootstrap-servers', '--brokers']) {
    const { exitCode, stderr } = await leat(['topic', 'list', flag, 'localhost:9092'])
    expect(stderr).toContain('leat: this version of leat works on data directories only')
    expect(exitCode).toBe(2)
  }
})

test('colours are for terminals: an error in a pipe is plain text', async () => {
  const { stderr } = await leat(['nosuch'])
  expect(stderr).not.toContain('\u001b')
})

test('flags that all commands have may stand before the command, as with git', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['-d', dir, 'produce', 'orders', '-q'], { input: 'x\n' })
  for (const words of [
    ['--dir', dir, 'topic', 'list'],
    ['topic', `--dir=${dir}`, 'list'],
    ['-q', `-d${dir}`, 'topic', '-v', 'list'],
  ]) {
    const { exitCode, stdout, stderr } = await leat([...words, '--no-headers', '--columns', 'TOPIC'])
    expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({ exitCode: 0, stdout: 'orders\n', stderr: '' })
  }
  const help = await leat(['-d', dir, 'topic', 'list', '--help'])
  expect(help.stdout.toString()).toContain('leat topic list')
})
