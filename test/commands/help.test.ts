import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import type { CommandTree } from '../../commands/command-tree.ts'

test('`leat help --json` is the committed command tree: no command or flag changes by accident', async () => {
  const { exitCode, stdout } = await leat(['help', '--json'])
  expect(exitCode).toBe(0)
  await expect(stdout.toString()).toMatchFileSnapshot('command-tree.snapshot')
})

test('every command has a help page that names each of its flags', async () => {
  const tree = JSON.parse((await leat(['help', '--json'])).stdout.toString()) as CommandTree
  expect(tree.commands.length).toBeGreaterThan(5)
  for (const { command, summary, flags } of tree.commands) {
    expect(summary, command).not.toBe('')
    if (command === 'help') continue
    const { exitCode, stdout } = await leat([...command.split(' '), '--help'])
    expect(exitCode).toBe(0)
    const page = stdout.toString()
    expect(page).toContain(summary.split(' ')[0])
    for (const { flag, isNegatable } of flags) expect(page, command).toContain(isNegatable ? `--[no-]${flag.slice(2)}` : flag)
  }
})

test('help is asked for in several ways', async () => {
  const page = async (...words: string[]) => (await leat(words)).stdout.toString()
  expect(await page()).toBe(await page('--help'))
  expect(await page('help')).toBe(await page('-h'))
  expect(await page('topic')).toBe(await page('topic', '--help'))
  expect(await page('help', 'topic', 'list')).toBe(await page('topic', 'list', '-h'))
  expect(await page('consume', 'orders', '--help')).toBe(await page('help', 'consume'))
})

test('help begins with the commands that most of it is about, and has groups of commands after them', async () => {
  const page = (await leat(['--help'])).stdout.toString()
  expect([...page.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name)).toEqual(
    ['produce', 'consume', 'pipe', 'table', 'lag', 'compact', 'retention', 'doctor', 'completion', 'help'].concat([
      'topic',
      'group',
      'dlq',
      'log',
    ]),
  )
})

test('help on something that is no command fails with exit code 2', async () => {
  const { exitCode, stderr } = await leat(['help', 'prodcue'])
  expect(stderr).toBe("leat: there is no command 'prodcue'\nDid you mean `leat produce`? See `leat --help`.\n")
  expect(exitCode).toBe(2)
})
