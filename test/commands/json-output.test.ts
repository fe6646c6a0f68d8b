// Every command that has --json prints what its schema in schemas/ says.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** For each command its schema and words to run it with, in an order in which they can be run one after the other. */
const RUNS: readonly (readonly [command: string, schema: string, words: readonly string[], input?: string])[] = [
  ['topic create', 'topic-create', ['fresh', 'more', '--partitions', '2', '--config', 'cleanup.policy=compact,delete']],
  ['topic create', 'topic-create', ['later', '--dry-run']],
  ['topic alter', 'topic-alter', ['fresh', '--partitions', '3', '--dry-run']],
  ['topic alter', 'topic-alter', ['fresh', '--partitions', '3']],
  ['topic list', 'topic-list', ['--internal']],
  ['topic describe', 'topic-describe', []],
  ['topic trim', 'topic-trim', ['orders', '--before', '1']],
  ['topic delete', 'topic-delete', ['more', '--dry-run']],
  ['topic delete', 'topic-delete', ['more', '-y']],
  ['retention', 'retention', ['--dry-run']],
  ['retention', 'retention', []],
  ['compact', 'compact', ['fresh', '--roll', '--dry-run']],
  ['compact', 'compact', ['fresh', '--roll']],
  ['consume', 'record', ['orders']],
  ['consume', 'record', ['orders', '--headers-only']],
  ['consume', 'consume-handler', ['orders', '-g', 'handling', '--exec', 'exit 1', '--dlq', '-n', '1']],
  ['table', 'record', ['orders']],
  ['pipe', 'pipe', ['orders', 'copies']],
  ['consume', 'record', ['copies', '--control']],
  ['group list', 'group-list', []],
  ['group describe', 'group-describe', ['billing']],
  ['group export', 'group-export', ['billing']],
  ['group seek', 'group-reset', ['billing', 'orders', 'end', '-y']],
  ['group reset', 'group-reset', ['billing', '--topic', 'orders', '--to-earliest', '--dry-run']],
  ['group reset', 'group-export', ['billing', '--topic', 'orders', '--to-earliest', '--export']],
  ['group reset', 'group-reset', ['billing', '--topic', 'orders', '--to-earliest', '-y']],
  ['group import', 'group-import', [], '{"group":"billing","topic":"orders","partition":0,"offset":2}\n'],
  ['group delete', 'group-delete', ['billing', '--topic', 'orders', '-y']],
  ['group delete', 'group-delete', ['billing', '--dry-run']],
  ['group delete', 'group-delete', ['billing', '-y']],
  ['lag', 'lag', []],
  ['dlq list', 'dlq-list', []],
  ['dlq show', 'dlq-show', ['orders.dlq']],
  ['dlq triage', 'dlq-triage', ['orders.dlq']],
  ['dlq edit', 'dlq-edit-dry-run', ['orders.dlq', '--set', '.id=1', '--dry-run']],
  ['dlq edit', 'record', ['orders.dlq', '--set', '.id=1']],
  ['dlq replay', 'dlq-replay', ['orders.dlq', '--dry-run']],
  ['dlq park', 'dlq-park', ['orders.dlq', '--reason', 'old', '--dry-run']],
  ['dlq watch', 'dlq-watch', ['orders.dlq', '--max-depth', '9']],
  ['dlq park', 'dlq-park', ['orders.dlq', '--reason', 'old']],
  ['log dump', 'log-dump', ['orders']],
  ['log offsets', 'log-offsets', ['orders']],
  ['log verify', 'log-verify', []],
  ['log repair', 'log-repair', ['--dry-run']],
  ['log repair', 'log-repair', ['-y']],
  ['doctor', 'doctor', []],
]

/** Without members it prints nothing here; tests of groups look at what it prints. */
const ELSEWHERE = ['group members']
/** What the flag means to it is its input. */
const INPUT = ['produce']

async function filledDirectory(): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  const lines = `{"id":1,"at":${Date.now()}}\n{"id":2,"at":${Date.now()}}\n{"id":3,"at":"soon"}\n`
  await leat(['produce', 'orders', '--key-field', '.id', '--timestamp-field', '.at', '--on-error', 'dlq', '-d', dir], { input: lines })
  await leat(['consume', 'orders', '-g', 'billing', '-n', '1', '-d', dir])
  return dir
}

test('each line that a command prints with --json is as its schema says', async () => {
  const dir = await filledDirectory()
  const wrong: string[] = []
  for (const [command, name, words, input = ''] of RUNS) {
    const { stdout, stderr, exitCode } = await leat([...command.split(' '), ...words, '--json', '-q', '-d', dir], { input })
    const lines = stdout.toString().split('\n').slice(0, -1)
    if (lines.length === 0) wrong.push(`${command}: prints nothing (${exitCode}): ${stderr}`)
    const schema = readSchema(name)
    for (const line of lines) wrong.push(...schemaErrors(schema, JSON.parse(line)).map((error) => `${command}: ${error} in ${line}`))
  }
  expect(wrong).toEqual([])
})

test('no command with --json is left out, and no schema is without a command', async () => {
  const tree = JSON.parse((await leat(['help', '--json'])).stdout.toString()) as {
    commands: { command: string; flags: { flag: string }[] }[]
  }
  expect(schemaErrors(readSchema('help'), tree)).toEqual([])
  const withJson = tree.commands.filter(({ flags }) => flags.some(({ flag }) => flag === '--json')).map(({ command }) => command)
  const known = new Set([...RUNS.map(([command]) => command), ...ELSEWHERE, ...INPUT, 'help'])
  expect(withJson.filter((command) => !known.has(command))).toEqual([])
  const schemas = readdirSync(path.join(import.meta.dirname, '../../schemas')).map((file) => path.basename(file, '.json'))
  const used = new Set([...RUNS.map(([, schema]) => schema), 'help', 'error', 'group-members'])
  expect(schemas.filter((schema) => !used.has(schema))).toEqual([])
})

test('a failure is told with --json as the schema says', async () => {
  const { stderr } = await leat(['topic', 'describe', 'nosuch', '--json', '-d', `${temporaryDirectory()}/none`])
  expect(schemaErrors(readSchema('error'), JSON.parse(stderr))).toEqual([])
})
