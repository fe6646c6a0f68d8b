// `log verify` beside a process that writes: what that is in the middle of is nothing wrong.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { dump } from '../../../src/operations/log/dump/dump.ts'
import type { Finding } from '../../../src/operations/log/finding.ts'
import { verify } from '../../../src/operations/log/verify.ts'
import { simulatedSystem, type SimulatedSystem } from '../../simulation/system.ts'
import { batchOf } from '../../support/batches.ts'
import { openDirectory } from '../../support/records.ts'

const ROOT = '/data'
/** An index entry for each batch after the first, and room for two: the log rolls at the fourth. */
const SMALL_SEGMENTS = new Map([
  ['segment.index.bytes', '24'],
  ['index.interval.bytes', '0'],
])

type Act = (writer: DirectoryCluster) => void

const append: Act = (writer) => {
  for (let index = 0; index < 5; index++) writer.openAppender('t').append(0, batchOf([`${index}`], { timestamp: 1000 + index }))
}

/** All but the newest segment; what is done before the first wait is all of the deletion. */
const deleteOldest: Act = (writer) => {
  const { endOffset } = writer.partitionOffsets('t', 0)
  void writer.applyRetention('t', 0, { startOffset: endOffset - 1n, withLimits: false })
}

async function writerOf(system: SimulatedSystem): Promise<DirectoryCluster> {
  const writer = openDirectory(system.anotherProcess(), ROOT)
  await writer.beginWriting()
  writer.createTopic('t', { partitions: 1, configs: SMALL_SEGMENTS })
  append(writer)
  append(writer)
  await system.clock.advance(10)
  return writer
}

/** Runs `look` once for each third file call that it makes, with `act` right after that call. */
async function atEachCall(act: Act, look: (system: SimulatedSystem, point: string) => Promise<void>): Promise<void> {
  for (let number = 1; ; number += 3) {
    const system = simulatedSystem()
    const writer = await writerOf(system)
    const first = system.files.calls
    let point: string | null = null
    system.files.onCall = (call) => {
      if (point !== null || call.number < first + number) return
      point = `after ${call.syscall} ${call.path}`
      act(writer)
    }
    await look(system, `call ${number}`)
    if (point === null) return expect(number).toBeGreaterThan(30)
  }
}

async function findingsIn(system: SimulatedSystem): Promise<Finding[]> {
  const findings: Finding[] = []
  await verify({ files: system.files, root: ROOT, targets: ['t-0'], isDeep: true, onFinding: (finding) => void findings.push(finding) })
  return findings
}

test.for<[string, Act]>([
  ['appends and rolls', append],
  ['deletes segments', deleteOldest],
])('a process that %s at any moment of a verify makes no finding', async ([, act]) => {
  await atEachCall(act, async (system, point) => {
    const findings = await findingsIn(system)
    expect(
      findings.map(({ kind, file, problem }) => `${kind} ${file}: ${problem}`),
      point,
    ).toEqual([])
  })
})

test.for<[string, Act]>([
  ['appends and rolls', append],
  ['deletes segments', deleteOldest],
])('a process that %s at any moment of a dump does not stop it', async ([, act]) => {
  await atEachCall(act, async (system, point) => {
    const common = { files: system.files, root: ROOT, workingDirectory: ROOT, partitions: null, onSkip: () => {} }
    const options = { ...common, names: ['t-0'], offsets: null, maxItems: Number.POSITIVE_INFINITY, withRecords: true, isDecoding: true }
    const items = [...dump(options)]
    expect(
      items.filter(({ type }) => type === 'damage'),
      point,
    ).toEqual([])
    await Promise.resolve()
  })
})

test('neither a verify nor a dump changes anything', async () => {
  const system = simulatedSystem()
  const writer = await writerOf(system)
  await writer.close()
  const calls = system.files.calls
  await verify({ files: system.files, root: ROOT, targets: [], isDeep: true, onFinding: () => {} })
  const common = { files: system.files, root: ROOT, workingDirectory: ROOT, names: [], partitions: null, onSkip: () => {} }
  const items = [...dump({ ...common, offsets: null, maxItems: Number.POSITIVE_INFINITY, withRecords: true, isDecoding: true })]
  expect(items.length).toBeGreaterThan(10)
  expect(system.files.journal.slice(calls).filter(({ changes }) => changes)).toEqual([])
})
