// `npm run bench`: leat as it is installed (build first), as whole processes, beside what is named in docs/performance.md.
//
//   npm run bench                    all rows; needs 25 GB for a while, kcat, GNU time, Linux
//   npm run bench -- produce seek    rows whose name begins so
//
//   BENCH_DIR=/path      where files go, and stay; default: a temporary folder, removed at the end
//   BENCH_KAFKA=h:p      a cluster that kcat -C reads `orders` from: the same records, one partition
//   BENCH_ROUNDS=3       fewer rounds
//   BENCH_SEEK_GB=2      a smaller topic to seek in
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compact } from './compact.ts'
import { follow } from './follow.ts'
import { writeOrders } from './orders.ts'
import { processRows, type Row } from './rows.ts'
import { seek } from './seek.ts'
import { measure, type Sample, shell } from './shell.ts'
import { digits, type Measured, summarize, type Target, targetLine } from './targets.ts'

const words = process.argv.slice(2)
const { BENCH_DIR, BENCH_KAFKA, BENCH_ROUNDS, BENCH_SEEK_GB = '10' } = process.env
const work = BENCH_DIR ?? fs.mkdtempSync(path.join(os.tmpdir(), 'leat-bench-'))
const leat = `${process.execPath} ${fileURLToPath(new URL('../bin/run.js', import.meta.url))}`
const orders = path.join(work, 'orders.jsonl')
const details: string[] = []

const isWanted = (name: string): boolean => words.length === 0 || words.some((word) => name.startsWith(word))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function runRow(row: Row): void {
  const samples = new Map<string, Sample[]>(Object.keys(row.commands).map((name) => [name, []]))
  if (row.setup !== undefined) shell(row.setup)
  const rounds = Math.min(row.rounds, Number(BENCH_ROUNDS ?? row.rounds))
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(row.commands)) {
      if (row.before !== undefined) shell(row.before)
      samples.get(name)?.push(measure(command))
    }
  }
  const measured = new Map([...samples].map(([name, some]) => [name, summarize(some)]))
  report(row.name, row.targets, measured)
  for (const [name, { medianMs, bestMs, cpuMs, peakMB }] of measured)
    details.push(
      `| ${row.name} | ${name} | ${digits(medianMs)} | ${digits(bestMs)} | ${digits(cpuMs)} | ${peakMB === 0 ? '' : digits(peakMB)} |`,
    )
}

function report(name: string, targets: readonly Target[], measured: ReadonlyMap<string, Measured>): void {
  for (const target of targets) say(targetLine(name, target, measured))
}

try {
  fs.mkdirSync(work, { recursive: true })
  writeOrders(orders)
  const inputBytes = fs.statSync(orders).size
  const load = os.loadavg()[0] as number
  say(
    `${os.cpus().length} × ${os.cpus()[0]?.model}, Linux ${os.release()}, Node ${process.version}, load ${load.toFixed(1)} at the start\n`,
  )
  say('| row | figure | must | goal | measured | holds |\n| --- | --- | --- | --- | --- | --- |')
  for (const row of processRows({ work, orders, inputBytes, leat, kafka: BENCH_KAFKA ?? null })) if (isWanted(row.name)) runRow(row)
  if (isWanted('compact')) {
    const { targets, measured } = await compact(leat, work, orders)
    report('compact', targets, measured)
  }
  if (isWanted('follow')) report('follow', await follow(leat, `${work}/live`), new Map())
  if (isWanted('seek')) {
    const topic = `${work}/seek-${BENCH_SEEK_GB}`
    const files = `${orders} `.repeat(Math.ceil((Number(BENCH_SEEK_GB) * 1e9) / inputBytes))
    shell(`[ -d ${topic} ] || ${leat} produce orders ${files} --no-sync -q -d ${topic}`)
    report(`seek in ${BENCH_SEEK_GB} GB`, seek(topic), new Map())
  }
  say('\n| row | command | median ms | best ms | processor ms | peak MB |\n| --- | --- | --- | --- | --- | --- |')
  for (const line of details) say(line)
} finally {
  if (BENCH_DIR === undefined) fs.rmSync(work, { recursive: true, force: true })
}
