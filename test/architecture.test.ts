// The layers of docs/ARCHITECTURE.md: imports go down only, siblings never import each other, only some touch the world.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const RANKS: Readonly<Record<string, number>> = {
  errors: 0,
  system: 1,
  bytes: 1,
  record: 2,
  log: 3,
  stream: 4,
  grammar: 4,
  'dead-letters': 4,
  input: 5,
  client: 6,
  operations: 7,
  output: 8,
  commands: 9,
  bin: 10,
}

const root = path.resolve(import.meta.dirname, '..')
const files = globSync(['src/**/*.ts', 'commands/**/*.ts', 'bin/**/*.ts'], { cwd: root })

function layerOf(file: string): string {
  const [top, second] = file.split(path.sep)
  return (top === 'src' ? second : top) as string
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  return [...text.matchAll(/^(?:import|export)[^'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm)].map((match) =>
    path.relative(root, path.resolve(root, path.dirname(file), (match[1] ?? match[2]) as string)),
  )
}

test('every source file is in a layer', () => {
  expect(files.length).toBeGreaterThan(60)
  expect(files.filter((file) => RANKS[layerOf(file)] === undefined)).toEqual([])
})

test('docs/ARCHITECTURE.md draws the same layers', () => {
  const [, map = ''] = readFileSync(path.join(root, 'docs/ARCHITECTURE.md'), 'utf8').split('```')
  const drawn = [...map.matchAll(/^(?: {2})?([\w-]+)\/ [^\n]*?(?:\n {6}[^\n]*?)?\s(\d+)$/gm)].map(([, layer, rank]) => [
    layer,
    Number(rank),
  ])
  expect({ ...Object.fromEntries(drawn), bin: RANKS['bin'] }).toEqual(RANKS)
})

test('imports go down only, and siblings never import each other', () => {
  const wrong: string[] = []
  let seen = 0
  for (const file of files) {
    for (const target of importsOf(file)) {
      seen++
      const from = layerOf(file)
      const to = layerOf(target)
      if (from !== to && Number(RANKS[to]) >= Number(RANKS[from])) wrong.push(`${file} → ${target}`)
    }
  }
  expect(seen).toBeGreaterThan(200)
  expect(wrong).toEqual([])
})

test('commands and operations ask a Cluster: only log …, doctor and the samples of lag look into a directory themselves', () => {
  const THEMSELVES = /^src\/operations\/(log\/|doctor\.ts$|lag\/samples\.ts$)/
  // It opens the directory that the flags name.
  const OPENS = 'commands/base-command.ts'
  const looksIntoFiles = (target: string): boolean =>
    target.startsWith('src/client/directory/') ||
    (layerOf(target) === 'log' && importsOf(target).some((imported) => layerOf(imported) === 'system'))
  const askers = files.filter((file) => /^(commands|src\/operations)\//.test(file) && !THEMSELVES.test(file) && file !== OPENS)
  expect(askers.length).toBeGreaterThan(150)
  const wrong = askers.flatMap((file) =>
    importsOf(file)
      .filter(looksIntoFiles)
      .map((target) => `${file} → ${target}`),
  )
  expect(wrong).toEqual([])
})

test('below the commands only system/ touches files, sockets, clocks, randomness and the process', () => {
  const WORLD =
    /from 'node:(fs|net|os|child_process|timers|dgram|http)|Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|setImmediate\(|performance\.|\bprocess\.\w/
  // Node's compression is a function of its input, loaded when it is first needed.
  const COMPRESSION = path.join('src', 'bytes', 'compression', 'zlib.ts')
  const pure = files.filter((file) => file.startsWith('src') && layerOf(file) !== 'system' && file !== COMPRESSION)
  expect(pure.length).toBeGreaterThan(50)
  expect(pure.filter((file) => WORLD.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
})

test('no source file has more than 400 lines', () => {
  expect(files.filter((file) => readFileSync(path.join(root, file), 'utf8').split('\n').length > 401)).toEqual([])
})
