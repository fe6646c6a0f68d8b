// Small notations that several flags share. A bad one names the flag and shows an example.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { unescapeText } from './escapes.ts'
import { asUsage } from './point-at.ts'

function usage(what: string, example: string): LeatError {
  return new LeatError('USAGE', what, { hint: `For example ${example}.`, exitCode: exitCodes.usage })
}

/** A range that is longer is a slip of the finger. */
const MAX_PARTITIONS = 100_000

const SIZE_UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
}

/** `512`, `64KiB`, `1MiB`: bytes, `min` or more. */
export function requireSize(flag: string, text: string, min = 0): number {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text)
  const factor = match === null ? undefined : SIZE_UNITS[(match[2] as string).toLowerCase()]
  if (match === null || factor === undefined) throw usage(`${flag} ${text} is not a size`, `${flag} 64KiB`)
  const size = requireSafe(Number(match[1]) * factor, flag, text)
  if (size < min) throw usage(`${flag} ${text} is less than ${min}`, `${flag} 64KiB`)
  return size
}

function requireSafe(value: number, flag: string, text: string): number {
  if (!Number.isSafeInteger(value)) throw usage(`${flag} ${text} is too large`, `${flag} 64KiB`)
  return value
}

/** Kafka's records and requests have no room for longer texts. */
const MAX_ID_BYTES = 32_767

/** Whether it can be the id of a group, a member or a producer: any text that says something. */
export function isId(text: string): boolean {
  return text.trim() !== '' && Buffer.byteLength(text) <= MAX_ID_BYTES
}

/** @throws LeatError (usage) for what `isId` says no to */
export function requireId(flag: string, text: string): string {
  if (isId(text)) return text
  const what = text.trim() === '' ? `${flag} is empty` : `${flag} has ${Buffer.byteLength(text)} bytes, more than ${MAX_ID_BYTES}`
  throw usage(what, `${flag} billing`)
}

/** `50/s`, `3000/m`, `50`: records per second. */
export function requireRate(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text)
  const per = { s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] as number
  if (match === null || Number(match[1]) === 0) throw usage(`${flag} ${text} is not a rate`, `${flag} 50/s`)
  return Number(match[1]) / per
}

/** `0,2,5-7`: ascending, each once. @param before what stands before it, for the message: the flag */
export function requirePartitions(flag: string, text: string, before = `${flag} `): number[] {
  const partitions = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim())
    if (match === null) throw usage(`${before}${text} is not a list of partitions`, `${before}0,2,5-7`)
    const first = Number(match[1])
    const last = Number(match[2] ?? first)
    if (last < first || last - first >= MAX_PARTITIONS)
      throw usage(`${before}${text}: ${part.trim()} is not a range of partitions`, `${before}0,2,5-7`)
    for (let partition = first; partition <= last; partition++) partitions.add(partition)
  }
  return [...partitions].toSorted((a, b) => a - b)
}

/** One partition. */
export function requirePartition(flag: string, text: string): number {
  if (!/^\d[\d,-]*$/.test(text)) throw usage(`${flag} ${text} is not a partition`, `${flag} 0`)
  const partitions = requirePartitions(flag, text)
  if (partitions.length !== 1) throw usage(`${flag} ${text} is several partitions, and a record goes to one`, `${flag} 0`)
  return partitions[0] as number
}

/** A delimiter with escapes (see escapes.ts). */
export function requireDelimiter(flag: string, text: string): Buffer {
  const delimiter = asUsage(flag, text, `For example ${flag} '\\t'; there are \\n \\t \\r \\0 \\xNN \\\\.`, () => unescapeText(text))
  if (delimiter.length === 0) throw usage(`${flag} is empty`, `${flag} ','`)
  return delimiter
}

export interface HeaderText {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** `k=v` or `k:v`, whichever sign comes first; `k` alone is a null value, `k=` an empty one. */
export function requireHeader(flag: string, text: string): HeaderText {
  const at = text.search(/[=:]/)
  if (at === 0 || text === '') throw usage(`${flag} '${text}' has no name`, `${flag} trace=abc`)
  if (at < 0) return { key: Buffer.from(text), value: null }
  return { key: Buffer.from(text.slice(0, at)), value: Buffer.from(text.slice(at + 1)) }
}

/** A whole number from `min` on. */
export function requireCount(flag: string, text: string, min: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw usage(`${flag} ${text} is not a whole number from ${min} on`, `${flag} ${Math.max(min, 10)}`)
  return value
}
