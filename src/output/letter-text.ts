// A dead letter for a person to read: where it is, each failure, the headers, the value. Whoever wrote the record chose all of its text: nothing
// of it reaches the terminal as a control character.
import { isUtf8 } from 'node:buffer'
import type { DeadLetter, Failure } from '../dead-letters/dead-letter.ts'
import type { DescribedHeader } from '../dead-letters/describe-headers.ts'
import { counted } from '../errors/counted.ts'
import { printable } from '../errors/printable.ts'
import type { ShownLetter } from '../operations/dlq/show.ts'
import { textLines, valueText } from './letter-value.ts'
import { timeText } from './time.ts'

const LABEL_WIDTH = 14
const MAX_HEADER_LENGTH = 100
/** Of a value, a message, a stack. */
const MAX_TEXT_LENGTH = 16 * 1024
/** Of anything else: a key, a group. */
const MAX_LINE_LENGTH = 2 * MAX_TEXT_LENGTH
const MAX_HEADER_HEX_BYTES = 32

/** With the line end. @param isFull all of it, however long */
export function letterText(shown: ShownLetter, isFull: boolean): string {
  const { letter, key, value, original, isPointer } = shown
  const failures = letter?.failures ?? []
  const lines = [
    `${shown.topic}-${shown.partition} offset ${shown.offset}`,
    labelled('time', timeText(shown.timestamp)),
    labelled('key', bytesText(key)),
    labelled('replayed', replaysText(letter)),
    ...(letter === null ? [labelled('failed', 'nobody says so: no header is of a family that is known')] : []),
    ...failures.flatMap((failure, index) => [
      '',
      `failure ${index + 1} of ${failures.length} (${failure.family})`,
      ...failureLines(failure, isFull),
    ]),
    ...section('damaged', letter?.damaged.map((header) => `${header.key} (${header.family}): ${header.reason}`) ?? []),
    ...section('headers', headerLines(shown.described)),
    ...(isPointer ? [] : valueLines('value', value, isFull)),
    ...(isPointer && original === null ? ['', 'value: left at the source, which does not have it any more'] : []),
    ...(original === null ? [] : originalLines(shown, isFull)),
  ]
  return lines
    .filter((line) => line !== null)
    .flatMap((line) => clipped([line], isFull, MAX_LINE_LENGTH))
    .map((line) => `${printable(line)}\n`)
    .join('')
}

function replaysText(letter: DeadLetter | null): string | null {
  if (letter === null || letter.replays === 0) return null
  return letter.replays === null ? 'not known: the header that counts is damaged' : counted(letter.replays, 'time')
}

function labelled(label: string, text: string | number | null): string | null {
  return text === null ? null : `  ${label.padEnd(LABEL_WIDTH)}${text}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

/** As many lines, and as much of the last of them, as a person reads. */
function clipped(lines: readonly string[], isFull: boolean, maxLength = MAX_TEXT_LENGTH): readonly string[] {
  const length = lines.reduce((sum, line) => sum + line.length, 0)
  if (isFull || length <= maxLength) return lines
  const kept: string[] = []
  let left = maxLength
  for (const line of lines) {
    if (left > 0) kept.push(line.slice(0, left).toWellFormed())
    left -= line.length
  }
  return [...kept, `… and ${length - maxLength} more characters (--full shows them)`]
}

function failureLines(failure: Failure, isFull: boolean): (string | null)[] {
  const { error, group, attempts, firstFailedAt, lastFailedAt, details } = failure
  return [
    labelled('from', originText(failure)),
    labelled('by', group),
    labelled('error', error.type),
    ...(error.message === null ? [] : paragraph('message', error.message, isFull)),
    labelled('attempts', attempts),
    labelled('first failed', timeText(firstFailedAt)),
    labelled('last failed', timeText(lastFailedAt)),
    ...[...details].map(([name, text]) => labelled(name, text)),
    ...(error.stack === null ? [] : paragraph('stack', error.stack, isFull)),
  ]
}

/** `orders-2 offset 41 (2026-11-21T08:00:00Z)`; what is not said is left out. */
function originText({ topic, partition, offset, timestamp }: Failure): string | null {
  const place = [topic, partition].filter((part) => part !== null).join('-')
  const parts = [
    ...(place === '' ? [] : [place]),
    ...(offset === null ? [] : [`offset ${offset}`]),
    ...(timestamp === null ? [] : [`(${timeText(timestamp)})`]),
  ]
  return parts.length === 0 ? null : parts.join(' ')
}

function paragraph(label: string, text: string, isFull: boolean): (string | null)[] {
  const [first = '', ...rest] = clipped(textLines(text.trimEnd()), isFull)
  return [labelled(label, first), ...rest.map((line) => labelled('', line))]
}

function headerLines(headers: readonly DescribedHeader[]): string[] {
  const names = headers.map(({ key }) => key.length)
  const width = Math.min(40, Math.max(0, ...names))
  return headers.map((header) => `${header.key.padEnd(width)}  ${headerText(header)}`)
}

function headerText({ value, meaning, damage }: DescribedHeader): string {
  if (damage !== null) return `damaged: ${bytesText(value)}`
  if (typeof meaning === 'bigint') return `${meaning}`
  return shortened(bytesText(value))
}

/** A text in quotes, or bytes in hex. */
function bytesText(bytes: Buffer | null): string {
  if (bytes === null) return 'null'
  if (isUtf8(bytes)) {
    const text = bytes.toString()
    if (!/[^\P{Cc}\t\n\r]/u.test(text)) return JSON.stringify(text)
  }
  const hex = bytes.subarray(0, MAX_HEADER_HEX_BYTES).toString('hex')
  return `0x${hex}${bytes.length > MAX_HEADER_HEX_BYTES ? '…' : ''} (${counted(bytes.length, 'byte')})`
}

function shortened(text: string): string {
  return text.length <= MAX_HEADER_LENGTH ? text : `${text.slice(0, MAX_HEADER_LENGTH)}… (${text.length} characters)`
}

function valueLines(title: string, value: Buffer | null, isFull: boolean): string[] {
  if (value === null) return ['', `${title}: null`]
  if (value.length === 0) return ['', `${title}: empty`]
  const { kind, lines } = valueText(value, isFull)
  return section(`${title} (${kind}, ${counted(value.length, 'byte')})`, kind === 'binary' ? lines : clipped(lines, isFull))
}

function originalLines({ original, isPointer }: ShownLetter, isFull: boolean): string[] {
  if (original === null) return []
  const title = isPointer ? 'value, read from the source' : 'original value'
  const headers = original.headers.map((header) => ({ ...header, family: null, meaning: null, damage: null }))
  return [
    ...(isPointer ? ['', `key, read from the source: ${bytesText(original.key)}`] : []),
    ...(isPointer ? section('headers, read from the source', headerLines(headers)) : []),
    ...valueLines(title, original.value, isFull),
  ]
}
