// Places in a partition, in one grammar for all commands:
//
//   beginning start earliest oldest · end latest newest · stored · N · -N (N before the end) · +N (N after the start) · end-N · start+N
//   @T, a time: an epoch in s, ms, µs or ns, YYYY-MM-DD, RFC 3339, -1h30m (ago), now
//   ranges FROM:TO FROM: :TO; after @T1: a time may leave the @ out, and a duration counts from T1 (@2026-11-21:1h)
//   kcat's s@MS (from) and e@MS (to)
//
// A range's end is exclusive. Offsets are exact over all of int64.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { parseDuration } from './duration.ts'
import { parseTimeText } from './time-text.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

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
  ...['beginning', 'start', 'earliest', 'oldest'].map((name): [string, OffsetBound] => [name, START]),
  ...['end', 'latest', 'newest'].map((name): [string, OffsetBound] => [name, END]),
  ['stored', { kind: 'stored' }],
])

/**
 * @param nowMs the time that `now` and `-1h` count from
 * @param flag for the message
 * @throws LeatError (usage)
 */
export function parseOffsetRange(text: string, nowMs: bigint, flag = '--offset'): OffsetRange {
  const range = kcatTime(text) ?? single(text, nowMs) ?? pair(text, nowMs)
  if (range === null) throw badOffset(flag, text, 'is not an offset')
  if (isBackwards(range)) throw badOffset(flag, text, 'ends before it begins')
  return range
}

/**
 * A range whose end is said apart from it.
 * @throws LeatError (usage) where `text` has an end itself, or `until` is before its beginning
 */
export function parseOffsetUntil(text: string, until: string, nowMs: bigint): OffsetRange {
  const { from, to } = parseOffsetRange(text, nowMs)
  if (to !== null) throw badOffset('--offset', text, 'says where to stop, and so does --until', PLACES)
  const range = { from, to: parseOffsetBound(until, nowMs, '--until') }
  if (isBackwards(range)) throw badOffset('--until', until, `is before --offset ${text}`, PLACES)
  return range
}

/** One place and no range, as parseOffsetRange reads it. */
export function parseOffsetBound(text: string, nowMs: bigint, flag: string): OffsetBound {
  const bound = parseBound(text, nowMs, null)
  if (bound === null) throw badOffset(flag, text, isRange(text, nowMs) ? 'is a range, and one place is needed' : 'is not an offset', PLACES)
  return bound
}

function isRange(text: string, nowMs: bigint): boolean {
  return kcatTime(text) !== null || pair(text, nowMs) !== null
}

function kcatTime(text: string): OffsetRange | null {
  const match = /^([se])@(\d{1,18})$/.exec(text)
  if (match === null) return null
  const time: OffsetBound = { kind: 'time', timestamp: BigInt(match[2] as string) }
  return match[1] === 's' ? { from: time, to: null } : { from: START, to: time }
}

function single(text: string, nowMs: bigint): OffsetRange | null {
  const from = parseBound(text, nowMs, null)
  return from === null ? null : { from, to: null }
}

/** Times have colons themselves, so each one, from the right, is tried as the one between the two. */
function pair(text: string, nowMs: bigint): OffsetRange | null {
  // A lone sign names no place.
  if (text === ':' || text === '@:') return null
  for (let colon = text.length - 1; colon >= 0; colon--) {
    if (text[colon] !== ':') continue
    const left = text.slice(0, colon)
    const right = text.slice(colon + 1)
    const from = left === '' || left === '@' ? START : parseBound(left, nowMs, null)
    if (from === null) continue
    if (right === '') return { from, to: null }
    const to = parseBound(right, nowMs, from) ?? (left.startsWith('@') ? parseBound(`@${right}`, nowMs, from) : null)
    if (to !== null) return { from, to }
  }
  return null
}

/** @param after where the range begins, when this is its end */
function parseBound(text: string, nowMs: bigint, after: OffsetBound | null): OffsetBound | null {
  if (text.startsWith('@')) return parseTime(text.slice(1), nowMs, after)
  // What follows `@T1:` is a time, not an offset.
  const named = NAMES.get(text)
  if (named !== undefined) return named
  if (after?.kind === 'time') return null
  const match = /^(end|start)?([+-]?)(\d{1,19})$/.exec(text)
  if (match === null) return null
  const [, base, sign, digits] = match
  const count = BigInt(digits as string)
  if (count > MAX_OFFSET || (base === 'end' && sign !== '-') || (base === 'start' && sign !== '+')) return null
  if (sign === '-') return { kind: 'end', minus: count }
  return sign === '+' ? { kind: 'start', plus: count } : { kind: 'offset', offset: count }
}

function parseTime(text: string, nowMs: bigint, after: OffsetBound | null): OffsetBound | null {
  if (text === 'now') return { kind: 'time', timestamp: nowMs }
  const isNegative = text.startsWith('-')
  const duration = parseDuration(isNegative ? text.slice(1) : text)
  if (duration !== null) {
    const isFromStart = after?.kind === 'time' && !isNegative
    return { kind: 'time', timestamp: isFromStart ? after.timestamp + BigInt(duration) : nowMs - BigInt(duration) }
  }
  const timestamp = parseTimeText(text)
  return timestamp === null ? null : { kind: 'time', timestamp }
}

function isBackwards({ from, to }: OffsetRange): boolean {
  if (from.kind === 'offset' && to?.kind === 'offset') return to.offset < from.offset
  if (from.kind === 'time' && to?.kind === 'time') return to.timestamp < from.timestamp
  return from.kind === 'end' && to?.kind === 'end' && to.minus > from.minus
}

const PLACES = 'beginning, end, 42, -10 (the last 10), +5, @2026-11-21, @-1h'
const RANGES = `${PLACES}, 10:20, @-2h:-1h, @2026-11-21:1h`

function badOffset(flag: string, text: string, what: string, examples = RANGES): LeatError {
  return new LeatError('INVALID_OFFSET', `${flag} '${text}' ${what}`, {
    hint: `Examples: ${examples}.`,
    exitCode: exitCodes.usage,
  })
}
