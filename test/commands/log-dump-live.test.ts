// A dump reads while others write: what they do between two of its steps.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { dump } from '../../src/operations/log/dump/dump.ts'
import type { DumpItem } from '../../src/operations/log/dump/dump-item.ts'
import { placeBatch } from '../../src/record/batch-header.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { batchOf } from '../support/batches.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

function batchAt(offset: bigint): Buffer {
  const batch = batchOf(['a value'])
  placeBatch(batch, 0, offset, 0)
  return batch
}

function segment(root: string, folder: string, baseOffset: number, ...pieces: Buffer[]): string {
  const file = path.join(root, folder, `${String(baseOffset).padStart(20, '0')}.log`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, Buffer.concat(pieces))
  return file
}

/** Dumps all of `root`; `between` is called after the first item. */
function typesOf(root: string, between: () => void): string[] {
  const options = { files: realFiles, root, workingDirectory: '/', names: [], partitions: null, offsets: null, onSkip: () => {} }
  const items = dump({ ...options, withRecords: false, isDecoding: true, maxItems: Number.POSITIVE_INFINITY })
  const types: DumpItem['type'][] = []
  for (const item of items) if (types.push(item.type) === 1) between()
  return types
}

test('a batch that is half written when the dump begins is dumped once it is whole', () => {
  const root = temporaryDirectory()
  const second = batchAt(1n)
  const file = segment(root, 'orders-0', 0, batchAt(0n), second.subarray(0, 30))
  expect(typesOf(root, () => fs.appendFileSync(file, second.subarray(30)))).toEqual(['batch', 'batch'])
  fs.truncateSync(file, fs.statSync(file).size - 1)
  expect(typesOf(root, () => {})).toEqual(['batch', 'damage'])
})

test('segments and partitions that retention or a deleted topic takes away meanwhile are passed over', () => {
  const root = temporaryDirectory()
  segment(root, 'orders-0', 0, batchAt(0n))
  const next = segment(root, 'orders-0', 1, batchAt(1n))
  segment(root, 'orders-1', 0, batchAt(0n))
  segment(root, 'orders-2', 0, batchAt(0n))
  expect(
    typesOf(root, () => {
      fs.rmSync(next)
      fs.renameSync(path.join(root, 'orders-1'), path.join(root, `orders-1.${'0'.repeat(32)}-delete`))
    }),
  ).toEqual(['batch', 'batch'])
})
