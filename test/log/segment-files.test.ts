import fs from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listSegmentFiles, listSegments, parseSegmentFileName, segmentFileName, segmentPath } from '../../src/log/segment-files.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const INT64_MAX = 2n ** 63n - 1n

test('a segment file is named by its base offset in 20 digits', () => {
  expect(segmentFileName(1234n, 'log')).toBe('00000000000000001234.log')
  expect(segmentPath('/data/orders-0', INT64_MAX, 'timeindex')).toBe('/data/orders-0/09223372036854775807.timeindex')
})

test('names give back the offset and kind that they were made of', () => {
  const kinds = fc.constantFrom('log', 'index', 'timeindex', 'txnindex', 'snapshot')
  fc.assert(
    fc.property(fc.bigInt(0n, INT64_MAX), kinds, (baseOffset, kind) => {
      expect(parseSegmentFileName(segmentFileName(baseOffset, kind))).toEqual({ baseOffset, kind })
    }),
  )
})

test.for([
  '00000000000000000000.log.deleted',
  '00000000000000000000.log.swap',
  '00000000000000000000.log.cleaned',
  '00000000000000000000-0000000001.checkpoint',
  '0.log',
  '99999999999999999999.log',
  'leader-epoch-checkpoint',
  'partition.metadata',
])('%s is no segment file', (name) => {
  expect(parseSegmentFileName(name)).toBeNull()
})

test('segments are listed by offset, strangers left out', () => {
  const directory = temporaryDirectory()
  for (const name of [
    '00000000000000000120.log',
    '00000000000000000009.log',
    '00000000000000000009.log.deleted',
    '00000000000000000500.snapshot',
    'notes.txt',
  ])
    fs.writeFileSync(`${directory}/${name}`, '')
  expect(listSegments(realFiles, directory)).toEqual([9n, 120n])
  expect(listSegmentFiles(realFiles, directory, 'snapshot')).toEqual([500n])
})

test.skipIf(fixturesMissing)('a segment that the cleaner replaced lies beside the new one as .deleted, and is not listed', () => {
  const folder = `${fixture('compacted')}/profiles-0`
  expect(fs.readdirSync(folder)).toContain('00000000000000000000.log.deleted')
  const logs = fs.readdirSync(folder).filter((name) => name.endsWith('.log'))
  expect(listSegments(realFiles, folder)).toEqual(logs.toSorted().map((name) => BigInt(name.slice(0, 20))))
})
