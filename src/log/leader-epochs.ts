// Which leader epoch began at which offset, and the file `leader-epoch-checkpoint` that keeps it:
//
//   0                 version
//   2                 entries
//   0 0               epoch, start offset
//   2 13
//
// Derived from the batches, each of which carries its leader's epoch.
import type { Files } from '../system/files.ts'
import { readText, replaceText } from './text-file.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

export const LEADER_EPOCH_FILE = 'leader-epoch-checkpoint'

export interface LeaderEpoch {
  readonly epoch: number
  readonly startOffset: bigint
}

const MAX_EPOCH = 2 ** 31 - 1

/** Entries of the checkpoint's text, or null when it is torn or not one. */
export function parseLeaderEpochs(text: string): LeaderEpoch[] | null {
  const [version, count, ...lines] = text.split('\n')
  // Without its last newline, the last number may have lost digits.
  if (version !== '0' || count === undefined || !text.endsWith('\n')) return null
  const entries = lines.filter((line) => line !== '').map((line) => /^(\d+) (\d+)$/.exec(line))
  if (String(entries.length) !== count) return null
  const epochs: LeaderEpoch[] = []
  for (const match of entries) {
    if (match === null) return null
    epochs.push({ epoch: Number(match[1]), startOffset: BigInt(match[2] as string) })
  }
  const isInRange = epochs.every(({ epoch, startOffset }) => epoch <= MAX_EPOCH && startOffset <= MAX_OFFSET)
  return isInRange && isRising(epochs) ? epochs : null
}

export function formatLeaderEpochs(epochs: readonly LeaderEpoch[]): string {
  return ['0', epochs.length, ...epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`), ''].join('\n')
}

function isRising(epochs: readonly LeaderEpoch[]): boolean {
  return epochs.every((entry, index) => {
    const previous = epochs[index - 1]
    return previous === undefined || (entry.epoch > previous.epoch && entry.startOffset >= previous.startOffset)
  })
}

export class LeaderEpochs {
  readonly #files: Files
  readonly #path: string
  #epochs: LeaderEpoch[]
  #isDirty = false

  constructor(files: Files, directory: string) {
    this.#files = files
    this.#path = `${directory}/${LEADER_EPOCH_FILE}`
    this.#epochs = parseLeaderEpochs(readText(files, this.#path) ?? '') ?? []
  }

  get entries(): readonly LeaderEpoch[] {
    return this.#epochs
  }

  /** -1 before there is one. */
  get latest(): number {
    return this.#epochs.at(-1)?.epoch ?? -1
  }

  /** Takes account of a batch at the end of the log. */
  assign(epoch: number, startOffset: bigint): void {
    if (epoch < 0 || epoch <= this.latest) return
    this.truncateFromEnd(startOffset)
    this.#epochs.push({ epoch, startOffset })
    this.#isDirty = true
  }

  /** Forgets epochs that start at or after `endOffset`. */
  truncateFromEnd(endOffset: bigint): void {
    this.#replace(this.#epochs.filter((entry) => entry.startOffset < endOffset))
  }

  /** The log now starts at `startOffset`: older epochs go, and the one that reaches into it starts there. */
  truncateFromStart(startOffset: bigint): void {
    const kept = this.#epochs.filter((entry) => entry.startOffset > startOffset)
    const reaching = this.#epochs.findLast((entry) => entry.startOffset <= startOffset)
    this.#replace(reaching === undefined ? kept : [{ epoch: reaching.epoch, startOffset }, ...kept])
  }

  /** Writes the checkpoint when something changed. */
  flush(): void {
    if (!this.#isDirty) return
    replaceText(this.#files, this.#path, formatLeaderEpochs(this.#epochs), null)
    this.#isDirty = false
  }

  #replace(epochs: LeaderEpoch[]): void {
    if (formatLeaderEpochs(epochs) === formatLeaderEpochs(this.#epochs)) return
    this.#epochs = epochs
    this.#isDirty = true
  }
}
