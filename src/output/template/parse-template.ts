// The text of --format as pieces: literal bytes, and verbs (a percent sign, a letter, and perhaps a modifier in braces).
import { readEscape } from '../../grammar/escapes.ts'
import { NotationError } from '../../grammar/point-at.ts'

export type Piece =
  | { readonly literal: Buffer }
  | {
      readonly verb: string
      /** What stands in the braces; null without any. */
      readonly modifier: string | null
      /** Of the percent sign, and of the modifier's first character. */
      readonly at: number
      readonly modifierAt: number
    }

/** @param start to count columns from, where the text is part of a longer one @throws NotationError */
export function parseTemplate(text: string, start = 0): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length;) {
    const [piece, end] = readPiece(text, at, start)
    pieces.push(piece)
    at = end
  }
  return joinLiterals(pieces)
}

function readPiece(text: string, at: number, start: number): readonly [piece: Piece, end: number] {
  const character = text[at]
  if (character === '\\') {
    const { bytes, end } = shifted(start, () => readEscape(text, at))
    return [{ literal: bytes }, end]
  }
  if (character === '%') return readVerb(text, at, start)
  const next = /[\\%]/g
  next.lastIndex = at
  const end = next.exec(text)?.index ?? text.length
  return [{ literal: Buffer.from(text.slice(at, end)) }, end]
}

function readVerb(text: string, at: number, start: number): readonly [piece: Piece, end: number] {
  const verb = text[at + 1]
  if (verb === undefined) throw new NotationError('a verb is missing after %', start + at)
  if (verb === '%' || verb === '{' || verb === '}') return [{ literal: Buffer.from(verb) }, at + 2]
  if (text[at + 2] !== '{') return [{ verb, modifier: null, at: start + at, modifierAt: start + at }, at + 2]
  const end = closingBrace(text, at + 2)
  if (end < 0) throw new NotationError('this brace is not closed', start + at + 2)
  return [{ verb, modifier: text.slice(at + 3, end), at: start + at, modifierAt: start + at + 3 }, end + 1]
}

/** Braces nest (`%h{%v{hex}}`); those after a percent sign or a backslash, and all within brackets, are text. */
function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const character = text[at]
    if (character === '\\' || (character === '%' && (text[at + 1] === '{' || text[at + 1] === '}'))) at++
    else if (character === '[' && /\w/.test(text[at - 1] ?? '')) {
      const bracket = text.indexOf(']', at)
      if (bracket < 0) return -1
      at = bracket
    } else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at
  }
  return -1
}

function joinLiterals(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (last !== undefined && 'literal' in last && 'literal' in piece)
      joined[joined.length - 1] = { literal: Buffer.concat([last.literal, piece.literal]) }
    else joined.push(piece)
  }
  return joined
}

function shifted<T>(start: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof NotationError ? new NotationError(error.message, start + error.at) : error
  }
}
