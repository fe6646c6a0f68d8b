// `leat dlq edit`: dead letters with other values, for a replay.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat, type LeatOptions, type LeatResult } from '../support/leat.ts'
import { deadLetter, lines, store } from '../support/letters.ts'
import { newDirectory } from '../support/temporary-directory.ts'

const hasJq = isThere('jq')
if (!hasJq) console.warn('there is no jq here: what --jq makes of values is not tested')

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'])
    return true
  } catch {
    return false
  }
}

const large = '{"id":9007199254740993,"n":1.0,"a":{"b":[1,2]}}'

/** A new directory with three letters. */
async function incident(): Promise<string> {
  const dir = newDirectory()
  await store(dir, [deadLetter({ value: large }), deadLetter({ value: '{"status": "new"}' }), deadLetter({ value: 'no JSON' })])
  return dir
}

function edit(dir: string, words: readonly string[], env: LeatOptions['env'] = {}): Promise<LeatResult> {
  return leat(['dlq', 'edit', 'orders.dlq', '-d', dir, ...words], { env: { EDITOR: undefined, VISUAL: undefined, ...env } })
}

const values = ({ stdout }: LeatResult): unknown[] => lines(stdout).map(({ value }) => value)

describe('--set', () => {
  test('puts values into fields, keeps other digits, and leaves out what has no such place, with exit code 3', async () => {
    const dir = await incident()
    const result = await edit(dir, ['--set', '.a.b[1]=two', '--set', '."x y".z={"w":1e400}', '--set', '.n="5"'])
    expect(values(result)).toEqual(['{"id":9007199254740993,"n":"5","a":{"b":[1,"two"]},"x y":{"z":{"w":1e400}}}'])
    expect(result.exitCode).toBe(3)
    expect(result.stderr).toBe(
      'leat: orders.dlq-0 offset 1 is left out: .a.b[1]: the array has 0 items\n' +
        'leat: orders.dlq-0 offset 2 is left out: its value is not JSON\n',
    )
  })

  test('is told field by field with --dry-run', async () => {
    const dir = await incident()
    const dry = await edit(dir, ['--set', '.status=paid', '-o', '1:2', '--dry-run'])
    expect(dry.stdout.toString()).toBe('orders.dlq-0 offset 1\n  .status  "new" → "paid"\n')
    const [first, second] = lines((await edit(dir, ['--set', '.status=new', '-n', '2', '--dry-run', '--json'])).stdout)
    expect(first).toMatchObject({ offset: 0, changes: [{ field: '.status', before: null, after: 'new' }] })
    expect(second).toMatchObject({ offset: 1, changes: [] })
    expect(schemaErrors(readSchema('dlq-edit-dry-run'), first)).toEqual([])
  })

  test('that is no field and value is refused', async () => {
    const dir = await incident()
    for (const text of ['status', '=1', '.a.=1']) expect(await edit(dir, ['--set', text])).toMatchObject({ exitCode: 2 })
  })
})

test('what it prints can be produced: key, headers and time are those of the letter', async () => {
  const dir = newDirectory()
  const own = { key: { base64: '/w==' }, value: 'of a name that is not UTF-8' }
  const letter = deadLetter({ value: '{"status": "new"}' }) as { readonly headers: object[] }
  await store(dir, [deadLetter({}), { ...letter, headers: [own, ...letter.headers] }])
  const edited = await edit(dir, ['--set', '.status=paid', '-o', '1:2'])
  const [record] = lines(edited.stdout)
  expect(schemaErrors(readSchema('record'), record)).toEqual([])
  const other = newDirectory()
  expect((await leat(['produce', '--json', '-d', other], { input: edited.stdout })).exitCode).toBe(0)
  const [stored] = lines((await leat(['consume', 'orders.dlq', '--json', '-d', other])).stdout)
  const [before] = lines((await leat(['consume', 'orders.dlq', '-o', '1:2', '--json', '-d', dir])).stdout)
  expect(stored).toEqual({ ...before, offset: 0, value: '{"status":"paid"}' })
})

describe('--jq', () => {
  test.skipIf(!hasJq)('makes new values; none leaves the record out, several or an error skip it', async () => {
    const dir = await incident()
    const one = await edit(dir, ['--jq', '.status |= ascii_upcase # loud', '-o', '1:2'])
    expect([one.exitCode, values(one)]).toEqual([0, ['{"status":"NEW"}']])
    const none = await edit(dir, ['--jq', 'empty', '-o', '1:2'])
    expect([none.exitCode, none.stdout.length]).toEqual([0, 0])
    expect(none.stderr).toContain('1 letter left out')
    for (const expression of ['., .', 'error("no")', '.status + 1']) {
      const skipped = await edit(dir, ['--jq', expression, '-o', '1:2'])
      expect([skipped.exitCode, skipped.stdout.length]).toEqual([3, 0])
      expect(skipped.stderr).toContain('offset 1 is left out')
    }
  })

  test.skipIf(!hasJq)('never rounds an integer: either jq keeps it, or the record is left out', async () => {
    const dir = await incident()
    const { stdout, stderr } = await edit(dir, ['--jq', '.n = 2', '-o', '0:1'])
    if (stdout.length > 0) expect(stdout.toString()).toContain('9007199254740993')
    else expect(stderr).toContain('past 2^53')
  })

  test.skipIf(!hasJq)('that is no expression is refused before a record is looked at', async () => {
    const dir = await incident()
    expect(await edit(dir, ['--jq', '.a |'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is not a jq expression') as string,
    })
  })

  test('without a jq on the PATH says what to do', async () => {
    const dir = await incident()
    const shell = path.dirname(execFileSync('sh', ['-c', 'command -v sh']).toString().trim())
    const bin = `${newDirectory()}-bin`
    fs.mkdirSync(bin)
    fs.symlinkSync(path.join(shell, 'sh'), path.join(bin, 'sh'))
    const { exitCode, stderr } = await edit(dir, ['--jq', '.'], { PATH: bin })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Install jq')
  })
})

describe('an editor', () => {
  test('has JSON values without escapes; what it changes comes out, a line that is gone does not, the rest keeps its bytes', async () => {
    const dir = await incident()
    const result = await edit(dir, [], {
      EDITOR: `sed -i -e 's/"status": "new"/"status": "done"/' -e '/no JSON/d' -e 's/"trace"/"trace-id"/'`,
    })
    expect(result.exitCode).toBe(0)
    expect(values(result)).toEqual([large, '{"status":"done"}'])
    expect(lines(result.stdout)[0]?.['headers']).toContainEqual({ key: 'trace-id', value: 't1' })
  })

  test('that leaves something else behind: nothing is printed, and the file is kept', async () => {
    const dir = await incident()
    const { exitCode, stdout, stderr } = await edit(dir, [], { EDITOR: 'sed -i s/}//' })
    expect([exitCode, stdout.length]).toEqual([1, 0])
    expect(stderr).toContain('line 3 is not a JSON object')
    const kept = /It is in (.+)\.\n/.exec(stderr)?.[1] as string
    expect(fs.existsSync(kept)).toBe(true)
    fs.rmSync(path.dirname(kept), { recursive: true })
  })

  test('that is killed or fails after something was typed: the file is kept, and its place is said', async () => {
    const dir = await incident()
    for (const end of ['kill -9 $$', 'exit 3']) {
      const { exitCode, stdout, stderr } = await edit(dir, [], { EDITOR: `f() { echo typed >> "$1"; ${end}; }; f` })
      expect([exitCode, stdout.length]).toEqual([1, 0])
      const kept = /What was typed is kept in (.+)\.\n/.exec(stderr)?.[1] as string
      expect(fs.readFileSync(kept, 'utf8')).toContain('typed')
      fs.rmSync(path.dirname(kept), { recursive: true })
    }
  })

  test('that fails, or that there is not', async () => {
    const dir = await incident()
    expect(await edit(dir, [], { EDITOR: 'false' })).toMatchObject({ exitCode: 1 })
    const { exitCode, stderr } = await edit(dir, [])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('set EDITOR')
  })
})
