import { BaseCommand } from './base-command.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { type DoctorReport, examine } from '../src/operations/doctor.ts'
import { counted } from '../src/errors/counted.ts'
import { sizeText } from '../src/output/amounts.ts'
import { toJson } from '../src/output/json.ts'
import { freeBytes, installation } from '../src/system/installation.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'what this installation and this directory look like, and what is wrong with them'

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const { location } = this.openCluster(flags)
    const report = examine({
      files: this.system.files,
      locks: this.system.locks,
      root: location,
      installation: installation(this.config.version),
      freeBytes,
    })
    await this.print(flags.json ? `${toJson(report)}\n` : text(report, location))
    if (report.problems.length > 0) this.endWith(exitCodes.failed)
  }
}

function text({ installation: own, directory, problems }: DoctorReport, location: string): string {
  const lines: [string, string | number][] = [
    ['leat', own.leat],
    ['node', own.node],
    ['platform', own.platform],
    ['file locks', own.locks ? 'yes' : 'no'],
    ['checksums', own.crc],
    ['directory', directory === null ? `${location} (not there yet: the first \`leat produce\` makes it)` : location],
  ]
  if (directory !== null)
    lines.push(
      ['cluster id', directory.clusterId ?? 'unknown'],
      ['node id', directory.nodeId ?? 'unknown'],
      ['metadata', directory.metadata],
      ['state', directory.isInUse ? 'a broker runs on it' : directory.isCleanlyStopped ? 'stopped in order' : 'no broker runs on it'],
      ['topics', `${directory.topics} (${counted(directory.partitions, 'partition')})`],
      ['size', sizeText(directory.sizeInBytes)],
      ['free', directory.freeBytes === null ? 'unknown' : sizeText(directory.freeBytes)],
      ...directory.renamedFolders.map((name): [string, string] => ['folder', name]),
      ...leftovers(directory.leftovers).map((kind): [string, string] => ['left over', kind]),
    )
  const facts = lines.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('')
  const complaints = problems.map(({ problem, remedy }) => `\n! ${problem}\n  ${remedy}\n`).join('')
  return `${facts}${complaints === '' ? `\nnothing is wrong${directory === null ? '' : ' with what it looks at, names and small files; `leat log verify` looks at the records'}\n` : complaints}`
}

/** By the end of their names. None of them is ever read as a part of a log but `.swap`. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  '.tmp':
    'writing a small file was cut short; the file itself is whole, and its next write takes this away, as you may while nothing runs here',
  '.cleaned': 'a compaction was cut short before it counted; the next `leat compact` takes it away',
  '.swap': 'a compaction was cut short after it counted; the next write to the partition, or a start of Kafka, finishes it',
  '.deleted': 'on its way out; the next write to the partition, or a start of Kafka, takes it away',
  '.repaired': 'a repair was cut short before it counted; `leat log repair` begins it anew',
  '.damaged': 'bytes that `leat log repair` took out and kept; remove them when nobody needs them',
}

/** `12 .deleted (…)`, a kind each: a compacted directory has hundreds; --json names them. */
function leftovers(paths: readonly string[]): string[] {
  const kinds = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf('.')))
  return kinds.size === 0 ? ['nothing'] : [...kinds].map(([kind, some]) => `${some.length} ${kind} (${LEFTOVERS[kind]})`)
}
