// Topics whose metadata is lost: their folders still tell of them.
import { rmSync, truncateSync } from 'node:fs'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test.each([
  ['is gone', (folder: string) => rmSync(folder, { recursive: true })],
  ['was emptied', (folder: string) => truncateSync(`${folder}/00000000000000000000.log`)],
])('a group goes on where it was when the metadata log %s', async (_, lose) => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '-d', dir], { input: 'a\nb\nc\n' })
  await leat(['consume', '-g', 'g', 'orders', '-n', '1', '-d', dir])
  lose(`${dir}/__cluster_metadata-0`)
  const consumed = await leat(['consume', '-g', 'g', 'orders', '-d', dir])
  expect([consumed.stdout.toString(), consumed.exitCode]).toEqual(['b\nc\n', 0])
  const other = await leat(['consume', '-g', 'other', '--regex', 'ord.*', '-d', dir])
  expect(other.stdout.toString()).toBe('a\nb\nc\n')
})
