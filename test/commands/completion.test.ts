import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function completions(...typed: string[]): Promise<string[]> {
  const { stdout } = await leat(['complete', '--', ...typed])
  return stdout.toString().split('\n').slice(0, -1)
}

async function words(...typed: string[]): Promise<string[]> {
  return (await completions(...typed)).map((line) => line.split('\t')[0] as string)
}

test('the first word is a command or a group of them, with its meaning', async () => {
  expect(await completions('cons')).toEqual(['consume\t' + (await summaryOf('consume'))])
  expect(await words('to')).toEqual(['topic'])
  expect(await words('')).toEqual(expect.arrayContaining(['consume', 'produce', 'topic', 'completion', 'help']))
  expect(await words('')).not.toContain('complete')
})

test('the second word of a group is one of its commands', async () => {
  expect(await words('topic', 'd')).toEqual(['delete', 'describe'])
})

test('flags that all commands have may stand before what is completed', async () => {
  const directory = temporaryDirectory()
  await leat(['produce', 'orders', '-d', directory], { input: 'x\n' })
  expect(await words('-d', directory, 'prod')).toEqual(['produce'])
  expect(await words('-q', 'topic', '--dir', directory, 'tr')).toEqual(['trim'])
  expect(await words('--dir', directory, 'consume', 'o')).toEqual(['orders'])
  expect(await words('--dir', '')).toEqual([])
})

test('a dash is completed to the flags of the command', async () => {
  expect(await words('consume', '--fo')).toContain('--follow')
  expect(await words('topic', 'list', '--')).toEqual(expect.arrayContaining(['--dir', '--json']))
})

test('a flag with a choice is completed to its values', async () => {
  expect(await words('produce', 'orders', '-z', 'z')).toEqual(['zstd'])
  expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish'])
})

test('a value behind an equals sign is completed, in one word as zsh and fish have it, and in the words that bash makes of it', async () => {
  const directory = temporaryDirectory()
  await leat(['produce', 'orders', '-d', directory], { input: 'x\n' })
  expect(await words('produce', '--compression=z')).toEqual(['--compression=zstd'])
  expect(await words('produce', '--compression', '=', 'z')).toEqual(['zstd'])
  expect(await words('produce', '--compression', '=')).toContain('gzip')
  expect(await words('consume', `--dir=${directory}`, 'o')).toEqual(['orders'])
  expect(await words('consume', '--dir', '=', directory, 'o')).toEqual(['orders'])
})

test('what help is asked about is completed as a command is', async () => {
  expect(await words('help', 'gr')).toEqual(['group'])
  expect(await words('help', 'topic', 'd')).toEqual(['delete', 'describe'])
  expect(await words('help', 'consume', '')).toEqual([])
  expect(await words('help', '--j')).toEqual(['--json'])
})

test('topics come from the data directory that the command line names, from LEAT_DIR, or from the default', async () => {
  const directory = temporaryDirectory()
  for (const topic of ['orders', 'order-lines', 'payments']) await leat(['produce', topic, '-d', directory], { input: 'x\n' })
  expect(await words('consume', '-d', directory, 'order')).toEqual(['order-lines', 'orders'])
  expect(await words('consume', '--dir', directory, '-t', 'p')).toEqual(['payments'])
  expect(await words('topic', 'create', '-d', directory, '')).toEqual([])
  const { stdout } = await leat(['complete', '--', 'consume', 'pay'], { env: { LEAT_DIR: directory } })
  expect(stdout.toString()).toBe('payments\ttopic\n')
})

test('groups come where a command takes them, and their topics after them', async () => {
  const directory = temporaryDirectory()
  await leat(['produce', 'orders', '-d', directory], { input: 'x\n' })
  for (const group of ['billing', 'board']) await leat(['consume', 'orders', '-g', group, '-d', directory])
  expect(await words('group', 'describe', '-d', directory, 'b')).toEqual(['billing', 'board'])
  expect(await words('group', 'members', 'board', '-d', directory, 'bi')).toEqual(['billing'])
  expect(await words('lag', '-d', directory, 'bo')).toEqual(['board'])
  expect(await words('consume', 'orders', '-d', directory, '-g', 'bi')).toEqual(['billing'])
  expect(await words('group', 'seek', '-d', directory, '')).toEqual(['billing', 'board'])
  expect(await words('group', 'seek', '-d', directory, 'board', 'o')).toEqual(['orders'])
})

test('a pipe is completed from one topic to another, and files follow the topic of produce', async () => {
  const directory = temporaryDirectory()
  for (const topic of ['orders', 'paid']) await leat(['produce', topic, '-d', directory], { input: 'x\n' })
  expect(await words('pipe', '-d', directory, 'or')).toEqual(['orders'])
  expect(await words('pipe', 'orders', '-d', directory, 'p')).toEqual(['paid'])
  expect(await words('pipe', 'orders', 'paid', '-d', directory, '')).toEqual([])
  expect(await words('produce', '-d', directory, 'orders', '')).toEqual([])
  expect(await words('compact', 'orders', '-d', directory, 'p')).toEqual(['paid'])
  expect(await words('table', 'orders', '-d', directory, '')).toEqual([])
})

test('nothing is said where there is nothing to complete', async () => {
  const { exitCode, stderr, stdout } = await leat(['complete', '--', 'consume', '-d', '/nosuch/directory', ''])
  expect({ exitCode, stderr, stdout: stdout.toString() }).toEqual({ exitCode: 0, stderr: '', stdout: '' })
})

/** For each shell, what completes `leat topic d` with the script for it, and prints the words. */
const SHELLS = {
  bash: (script: string) => `${script}\nCOMP_WORDS=(leat topic d); COMP_CWORD=2; _leat; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (script: string) =>
    `compdef() { :; }; _describe() { print -rl -- "\${(@P)2%%:*}"; }\n${script}\nwords=(leat topic d); CURRENT=3; _leat`,
  fish: (script: string) => `${script}\ncomplete -C'leat topic d' | string replace -r '\\t.*' ''`,
} as const

for (const [shell, completing] of Object.entries(SHELLS)) {
  const isThere = existsSync(`/bin/${shell}`) || existsSync(`/usr/bin/${shell}`)
  if (!isThere) console.warn(`no ${shell}: its completion is not tried`)
  test.skipIf(!isThere)(`the script for ${shell} completes in ${shell}`, async () => {
    const directory = temporaryDirectory()
    const script = (await leat(['completion', shell])).stdout.toString()
    const command = process.env['LEAT_TEST_COMMAND'] ?? path.resolve(import.meta.dirname, '../../bin/dev.js')
    writeFileSync(path.join(directory, 'leat'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`)
    chmodSync(path.join(directory, 'leat'), 0o755)
    const env = { ...process.env, PATH: `${directory}:${process.env['PATH']}`, HOME: directory }
    const printed = execFileSync(shell, ['-c', completing(script)], { env })
    expect(printed.toString()).toBe('delete\ndescribe\n')
  })
}

async function summaryOf(command: string): Promise<string | undefined> {
  const tree = JSON.parse((await leat(['help', '--json'])).stdout.toString()) as { commands: { command: string; summary: string }[] }
  return tree.commands.find((entry) => entry.command === command)?.summary
}
