// What README and the pages in docs/ say one can type: commands and flags are those that there are, and links lead somewhere.
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from './support/leat.ts'
import type { CommandEntry, CommandTree } from '../commands/command-tree.ts'

const root = path.resolve(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })]

function textOf(page: string): string {
  return readFileSync(path.join(root, page), 'utf8')
}

/** Command lines that begin with leat: of blocks of code, and in the text between backticks. */
function commandLines(text: string): string[] {
  const inText = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`leat ([^`]+)`/g)].map(([, line]) => line as string)
  const blocks = [...text.matchAll(/^```.*?^```/gms)].flatMap(([block]) => block.split('\n'))
  const indented = text.split('\n').filter((line) => line.startsWith('    leat '))
  const inBlocks = [...blocks, ...indented].flatMap((line) =>
    [...line.matchAll(/(?:^[$ ]*|\| )leat (.+)$/g)].map(([, words]) => words as string),
  )
  return [...inText, ...inBlocks].filter((line) => !line.includes(' · ') && !line.startsWith('…'))
}

/** Up to where another program, a file or an explanation begins; quoted words are values. */
function wordsOf(line: string): string[] {
  const [own = ''] = line.replaceAll(/'[^']*'|"[^"]*"/g, 'VALUE').split(/ [|<>&]| #| {3,}|;/)
  return own.split(' ')
}

function problemOf(line: string, tree: CommandTree): string | null {
  const words = wordsOf(line)
  if (words[0]?.startsWith('-') === true) return null
  const command = tree.commands.find(({ command: name }) => `${words.join(' ')} `.startsWith(`${name} `))
  const isGroup = tree.groups.some(({ group }) => group === words[0]) && (words[1] ?? '--help') === '--help'
  if (command === undefined) return isGroup ? null : 'no such command'
  const wrong = words.filter((word) => /^--?[a-zA-Z]/.test(word)).filter((word) => !hasFlag(command, word.replace(/=.*/, '')))
  return wrong.length === 0 ? null : `no ${wrong.join(', ')}`
}

function hasFlag({ flags }: CommandEntry, word: string): boolean {
  const name = word.replace(/^--no-/, '--')
  return (
    word === '--help' ||
    flags.some(({ flag, char, aliases }) => flag === name || aliases.includes(word) || (char !== null && word.startsWith(char)))
  )
}

test('commands and flags in the pages are those that there are', async () => {
  const tree = JSON.parse((await leat(['help', '--json'])).stdout.toString()) as CommandTree
  const lines = pages.flatMap((page) => commandLines(textOf(page)).map((line) => ({ page, line })))
  expect(lines.length).toBeGreaterThan(50)
  const problems = lines.flatMap(({ page, line }) => {
    const problem = problemOf(line, tree)
    return problem === null ? [] : [`${page}: leat ${line}: ${problem}`]
  })
  expect(problems).toEqual([])
})

test('links between the pages lead somewhere, and README leads to every page', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => ({
      page,
      target: path.join(path.dirname(page), target as string),
    })),
  )
  expect(links.filter(({ target }) => !existsSync(path.join(root, target)))).toEqual([])
  const fromReadme = new Set(links.filter(({ page }) => page === 'README.md').map(({ target }) => target))
  expect(pages.filter((page) => /^docs\/[^/]+$/.test(page) && !fromReadme.has(page))).toEqual([])
})
