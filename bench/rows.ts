// The rows that time whole processes. Each has command lines of ours and of what it is measured against; they take turns.
import { fileURLToPath } from 'node:url'
import { memory, perSecond, ratio, seconds, type Target } from './targets.ts'

export interface Row {
  readonly name: string
  readonly rounds: number
  /** Done once. */
  readonly setup?: string
  /** Done before each round. */
  readonly before?: string
  /** By name; `leat` is ours. */
  readonly commands: Readonly<Record<string, string>>
  readonly targets: readonly Target[]
}

export interface Places {
  readonly work: string
  readonly orders: string
  readonly inputBytes: number
  /** The bundle, with the Node that runs this. */
  readonly leat: string
  /** Address of a cluster for `kcat -C`, which needs one that stores; null leaves that out. */
  readonly kafka: string | null
}

const ROUNDS = 9
const START_ROUNDS = 31
const WORKER_RECORDS = 100_000
const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))
/** A mock cluster within kcat's own process: it takes the records over loopback and keeps few of them. */
const KCAT = 'kcat -b mock -X test.mock.num.brokers=1 -t orders -P'
/** Fits one segment of 1 GiB. */
const SEGMENT_FILES = 8
const SEGMENT_OVERHEAD = 1.0723

export function processRows({ work, orders, inputBytes, leat, kafka }: Places): Row[] {
  const target = `${work}/produced`
  const topic = `${work}/topic`
  const one = `${work}/one`
  const segment = `${work}/segment`
  const keyed = `${work}/keyed.txt`
  const fresh = `rm -rf ${target} ${work}/copy`
  const haveTopic = `[ -d ${topic} ] || ${leat} produce orders ${orders} --no-sync -q -d ${topic}`
  const haveTen = `[ -d ${topic}-10 ] || ${leat} produce orders ${ten(orders)} --no-sync -q -d ${topic}-10`
  const haveSegment = `[ -d ${segment} ] || ${leat} produce orders ${`${orders} `.repeat(SEGMENT_FILES)} --no-sync -q -d ${segment}`
  const haveOne = `[ -d ${one} ] || echo '{"id":1}' | ${leat} produce one -q -d ${one}`
  const gigabytes = (inputBytes * SEGMENT_FILES * SEGMENT_OVERHEAD) / 1e9
  const produce = `$RSS ${leat} produce orders -q -d ${target}`
  const kcatConsume: Record<string, string> = kafka === null ? {} : { 'kcat -C': `kcat -b ${kafka} -C -e -q -t orders >${work}/out` }
  const againstKcat = kafka === null ? [] : [ratio('kcat -C', 1)]

  return [
    {
      name: 'produce',
      rounds: ROUNDS,
      before: fresh,
      commands: { leat: `${produce} ${orders} --no-sync`, 'kcat -P': `${KCAT} -l ${orders}`, cp: `cp ${orders} ${work}/copy` },
      targets: [ratio('kcat -P', 1, 0.65), ratio('cp', 5, 3), memory()],
    },
    {
      name: 'produce-sync',
      rounds: ROUNDS,
      before: fresh,
      commands: { leat: `${produce} ${orders}`, 'cp + sync': `cp ${orders} ${work}/copy && sync ${work}/copy` },
      targets: [ratio('cp + sync', 1.5, 1.15), memory()],
    },
    {
      name: 'produce-keyed',
      rounds: ROUNDS,
      setup: `[ -f ${keyed} ] || sed -E 's/^(.*"customerId":"([^"]*)".*)$/\\2\\t\\1/' ${orders} >${keyed}`,
      before: fresh,
      commands: {
        leat: `${produce} ${orders} --no-sync --key-field .customerId --create-partitions 6`,
        'kcat -P -K': `${KCAT} -K '\\t' -l ${keyed}`,
      },
      targets: [ratio('kcat -P -K', 1, 0.75), memory()],
    },
    {
      name: 'produce-pipe',
      rounds: ROUNDS,
      before: fresh,
      commands: { leat: `cat ${orders} | ${produce} --no-sync`, 'kcat -P, pipe': `cat ${orders} | ${KCAT}` },
      targets: [ratio('kcat -P, pipe', 1, 0.65), memory()],
    },
    {
      name: 'produce-zstd',
      rounds: ROUNDS,
      before: fresh,
      commands: { leat: `${produce} ${orders} --no-sync -z zstd`, 'kcat -P -z zstd': `${KCAT} -z zstd -l ${orders}` },
      targets: [ratio('kcat -P -z zstd', 1, 0.65), memory()],
    },
    {
      name: 'consume-file',
      rounds: ROUNDS,
      setup: haveTopic,
      before: `rm -f ${work}/out`,
      commands: { leat: `$RSS ${leat} consume orders -d ${topic} >${work}/out`, ...kcatConsume },
      targets: [seconds(0.3, 0.18), ...againstKcat, memory()],
    },
    {
      name: 'consume-pipe',
      rounds: ROUNDS,
      setup: haveTopic,
      commands: { leat: `$RSS ${leat} consume orders -d ${topic} | cat >/dev/null` },
      targets: [seconds(0.3, 0.18), memory()],
    },
    {
      name: 'consume-json',
      rounds: ROUNDS,
      setup: haveTopic,
      commands: { leat: `$RSS ${leat} consume orders --json -d ${topic} >/dev/null` },
      targets: [perSecond(1, 'M records/s', 1, 2), memory()],
    },
    ...Object.entries({
      'start-version': `${leat} --version >/dev/null`,
      'start-produce': `echo '{"id":1}' | $RSS ${leat} produce one -q -d ${one}`,
      'start-consume': `$RSS ${leat} consume one -o 0 -n 1 -d ${one} >/dev/null`,
    }).map(([name, command]): Row => ({
      name,
      rounds: START_ROUNDS,
      setup: haveOne,
      commands: { leat: command, 'node -e 0': `${leat.split(' ')[0]} -e 0` },
      targets: [ratio('node -e 0', 5, 3), seconds(0.12, 0.065)],
    })),
    {
      name: 'verify',
      rounds: 5,
      setup: haveSegment,
      commands: { leat: `$RSS ${leat} log verify -d ${segment} 2>/dev/null >/dev/null` },
      targets: [perSecond(gigabytes, 'GB/s', 1.2, 4), memory()],
    },
    {
      // Without its indexes a segment is walked from its first batch, each checksum checked, before it is written to.
      name: 'recovery',
      rounds: 5,
      setup: haveSegment,
      before: `cd ${segment} && rm -f .kafka_cleanshutdown *checkpoint* orders-0/*.index orders-0/*.timeindex orders-0/*.snapshot`,
      commands: { leat: `echo x | $RSS ${leat} produce orders -q -d ${segment}` },
      targets: [perSecond(gigabytes, 'GB/s', 1.2, 4), memory()],
    },
    {
      // One handler process in one slot, which is told of each record and answers each.
      name: 'worker',
      rounds: 5,
      setup: `[ -d ${work}/worker-made ] || head -${WORKER_RECORDS} ${orders} | ${leat} produce orders --no-sync -q -d ${work}/worker-made`,
      before: `rm -rf ${work}/worker && cp -r ${work}/worker-made ${work}/worker`,
      commands: { leat: `$RSS ${leat} consume orders -g workers -q --worker '${leat.split(' ')[0]} ${WORKER}' -d ${work}/worker` },
      targets: [perSecond(WORKER_RECORDS, 'records/s', 20_000, 100_000), memory()],
    },
    {
      name: 'memory-produce-10M',
      rounds: 1,
      before: fresh,
      commands: { leat: `${produce} ${ten(orders)} --no-sync --key-field .customerId --create-partitions 6` },
      targets: [memory()],
    },
    {
      name: 'memory-consume-10M',
      rounds: 1,
      setup: haveTen,
      commands: { leat: `$RSS ${leat} consume orders -d ${topic}-10 >/dev/null` },
      targets: [memory()],
    },
  ]
}

function ten(file: string): string {
  return `${file} `.repeat(10)
}
