// Places in a partition, in one grammar for all commands:
//
//   beginning start earliest oldest · end latest newest · N · -N (N before the end) · +N (N after the start) · end-N · start+N
//   ranges N:M N: :N :end · times @T @T1:T2 with T an epoch in s, ms, µs or ns, YYYY-MM-DD, RFC 3339, -1h30m (ago), now
//
// A range's end is exclusive. Offsets are exact over all of int64.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { parseDuration } from './duration.ts'
import { parseTimeText } from './time-text.ts'

export type OffsetBound =
  | { readonly kind: 'start'; readonly plus: bigint }
  | { readonly kind: 'end'; readonly minus: bigint }
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'time'; readonly timestamp: bigint }
  | { readonly kind: 'stored' }

export interface OffsetRange {
  readonly from: OffsetBound
  /** null: up to the end, or on and on. */
  readonly to: OffsetBound | null
}

const START: OffsetBound = { kind: 'start', plus: 0n }
const END: OffsetBound = { kind: 'end', minus: 0n }
const NAMES = new Map<string, OffsetBound>([
  ...['beginning', 'start', 'earliest', 'oldest', 's'].map((name): [string, OffsetBound] => [name, START]),
  ...['end', 'latest', 'newest', 'e'].map((name): [string, OffsetBound] => [name, END]),
  ['stored', { kind: 'stored' }],
])

/** @param nowMs the time that `now` and `-1h` count from */
export function parseOffsetRange(text: string, nowMs: bigint): OffsetRange {
  if (text.startsWith('@')) return parseTimes(text, nowMs)
  // kcat writes times as s@ms and e@ms.
  const kcat = /^([se])@(.+)$/.exec(text)
  if (kcat !== null) {
    const time = parseTime(kcat[2] as string, nowMs, text)
    return kcat[1] === 's' ? { from: time, to: null } : { from: START, to: time }
  }
  const [first, last, ...more] = text.split(':')
  if (more.length > 0 || first === undefined) throw badOffset(text)
  if (last === undefined) return { from: parseBound(first, text), to: null }
  if (first === '' && last === '') throw badOffset(text)
  return { from: first === '' ? START : parseBound(first, text), to: last === '' ? null : parseBound(last, text) }
}

function parseBound(part: string, text: string): OffsetBound {
  const named = NAMES.get(part)
  if (named !== undefined) return named
  const match = /^(end|start)?([+-]?)(\d+)$/.exec(part)
  if (match === null) throw badOffset(text)
  const [, base, sign, digits] = match
  const count = BigInt(digits as string)
  if (base === 'end' ? sign !== '-' : base === 'start' && sign !== '+') throw badOffset(text)
  if (sign === '-') return { kind: 'end', minus: count }
  return sign === '+' ? { kind: 'start', plus: count } : { kind: 'offset', offset: count }
}

/** Times have colons themselves, so every one is tried as the one between the two. */
function parseTimes(text: string, nowMs: bigint): OffsetRange {
  const body = text.slice(1)
  const single = timeOf(body, nowMs)
  if (single !== null) return { from: single, to: null }
  for (let colon = body.lastIndexOf(':'); colon >= 0; colon = colon === 0 ? -1 : body.lastIndexOf(':', colon - 1)) {
    const first = body.slice(0, colon)
    const last = body.slice(colon + 1).replace(/^@/, '')
    const from = first === '' ? START : timeOf(first, nowMs)
    const to = last === '' ? null : last === 'end' ? END : timeOf(last, nowMs)
    if (from !== null && (to !== null || last === '')) return { from, to }
  }
  throw badOffset(text)
}

function parseTime(part: string, nowMs: bigint, text: string): OffsetBound {
  const time = timeOf(part, nowMs)
  if (time === null) throw badOffset(text)
  return time
}

function timeOf(part: string, nowMs: bigint): OffsetBound | null {
  if (part === 'now') return { kind: 'time', timestamp: nowMs }
  const ago = /^-?(\d.*[a-z])$/.exec(part)?.[1]
  const duration = ago === undefined ? null : parseDuration(ago)
  if (duration !== null) return { kind: 'time', timestamp: nowMs - BigInt(duration) }
  const timestamp = parseTimeText(part)
  return timestamp === null ? null : { kind: 'time', timestamp }
}

function badOffset(text: string): LeatError {
  return new LeatError('INVALID_OFFSET', `'${text}' is not an offset`, {
    hint: 'Examples: beginning, end, 42, -10 (the last 10), +5, 10:20, @2026-11-21, @-1h, @-2h:-1h.',
    exitCode: exitCodes.usage,
  })
}
