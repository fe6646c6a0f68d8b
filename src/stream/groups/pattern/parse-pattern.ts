// The syntax of RE2, which Kafka takes patterns of topics in:
//
//   alternation   concatenation ('|' concatenation)*
//   concatenation (item ('*' | '+' | '?' | '{n}' | '{n,}' | '{n,m}') '?'?)*
//   item          character · '.' · '[class]' · '\escape' · '^' · '$' · '(' ('?:' | '?P<name>' | '?flags:')? alternation ')' · '(?flags)'
//
// What groups capture does not matter here, nor whether a repetition is greedy: the question is only whether a whole name matches.
import {
  type CharacterSet,
  PERL_CLASSES,
  POSIX_CLASSES,
  anyOf,
  between,
  ignoringCase,
  isNewline,
  not,
  unicodeClass,
  unitOf,
} from './character-set.ts'

export type PatternNode =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }

export type Assertion = 'start' | 'end' | 'line start' | 'line end' | 'word boundary' | 'no word boundary'

/** What is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
}

/** RE2's limit. */
const MAX_REPEAT = 1000
/** Groups within groups. */
const MAX_DEPTH = 250
const EMPTY: PatternNode = { kind: 'sequence', nodes: [] }
const ESCAPED_ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'start'],
  ['z', 'end'],
  ['b', 'word boundary'],
  ['B', 'no word boundary'],
])
const CONTROL_CHARACTERS: ReadonlyMap<string, number> = new Map(Object.entries({ a: 0x07, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b }))

export function parsePattern(text: string): PatternNode {
  const parser = new Parser(text)
  const node = parser.alternation()
  parser.expectEnd()
  return node
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #flags: Flags = { i: false, m: false, s: false }

  constructor(text: string) {
    this.#text = text
  }

  expectEnd(): void {
    if (this.#at < this.#text.length) throw new PatternError("a ')' too many")
  }

  /** Flags that are set inside hold to the end of the group. */
  alternation(): PatternNode {
    const outer = this.#flags
    const nodes = [this.#concatenation()]
    while (this.#take('|')) nodes.push(this.#concatenation())
    this.#flags = outer
    return nodes.length === 1 ? (nodes[0] as PatternNode) : { kind: 'choice', nodes }
  }

  #concatenation(): PatternNode {
    const nodes: PatternNode[] = []
    while (this.#at < this.#text.length && !'|)'.includes(this.#next())) nodes.push(this.#repeated(this.#item()))
    return nodes.length === 1 ? (nodes[0] as PatternNode) : { kind: 'sequence', nodes }
  }

  #repeated(node: PatternNode): PatternNode {
    const bounds = this.#repetition()
    if (bounds === null) return node
    this.#take('?')
    if (this.#repetition() !== null) throw new PatternError('a repetition of a repetition')
    const [min, max] = bounds
    if (max < min) throw new PatternError(`a repetition from ${min} to ${max}`)
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY))
      throw new PatternError(`a repetition of more than ${MAX_REPEAT} times`)
    return { kind: 'repeat', node, min, max }
  }

  /** A brace that begins no repetition stands for itself. */
  #repetition(): [min: number, max: number] | null {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    const match = this.#matchAndTake(/\{(\d{1,9})(,(\d{1,9})?)?\}/y)
    if (match === null) return null
    const min = Number(match[1])
    if (match[2] === undefined) return [min, min]
    return [min, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])]
  }

  #item(): PatternNode {
    const character = this.#next()
    if ('*+?'.includes(character)) throw new PatternError(`'${character}' after nothing that it could repeat`)
    if (character === '\\') return this.#escape()
    this.#at++
    if (character === '(') return this.#group()
    if (character === '[') return this.#character(this.#class())
    if (character === '.') return { kind: 'character', set: this.#flags.s ? () => true : not(isNewline) }
    if (character === '^') return { kind: 'assertion', assertion: this.#flags.m ? 'line start' : 'start' }
    if (character === '$') return { kind: 'assertion', assertion: this.#flags.m ? 'line end' : 'end' }
    return this.#literal(unitOf(character))
  }

  #group(): PatternNode {
    const outer = this.#flags
    if (this.#take('?')) {
      const named = this.#matchAndTake(/P?<[A-Za-z0-9_]+>/y)
      const flags = named === null ? this.#matchAndTake(/([imsU]*)(-([imsU]+))?([:)])/y) : null
      if (named === null && flags === null)
        throw new PatternError(`a group that begins with '(?${this.#text.slice(this.#at, this.#at + 2)}'`)
      if (flags !== null) this.#setFlags(flags[1] ?? '', flags[3] ?? '')
      if (flags?.[4] === ')') return EMPTY
    }
    if (++this.#depth > MAX_DEPTH) throw new PatternError(`more than ${MAX_DEPTH} groups within each other`)
    const node = this.alternation()
    this.#depth--
    if (!this.#take(')')) throw new PatternError("a '(' without its ')'")
    this.#flags = outer
    return node
  }

  #setFlags(on: string, off: string): void {
    const set = (flag: 'i' | 'm' | 's'): boolean => (on.includes(flag) || this.#flags[flag]) && !off.includes(flag)
    this.#flags = { i: set('i'), m: set('m'), s: set('s') }
  }

  #escape(): PatternNode {
    const quoted = this.#matchAndTake(/\\Q([^]*?)(\\E|$)/y)
    if (quoted !== null) return { kind: 'sequence', nodes: [...(quoted[1] as string)].map((character) => this.#literal(unitOf(character))) }
    const assertion = ESCAPED_ASSERTIONS.get(this.#text[this.#at + 1] ?? '')
    if (assertion === undefined) return this.#character(this.#escapedSet())
    this.#at += 2
    return { kind: 'assertion', assertion }
  }

  /** What a backslash and what follows stand for, inside of brackets and outside. */
  #escapedSet(): CharacterSet {
    this.#at++
    const unicode = this.#matchAndTake(/([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/y)
    if (unicode !== null) {
      const set = unicodeClass((unicode[3] ?? unicode[4]) as string)
      if (set === null) throw new PatternError(`no characters are called '${unicode[0]}'`)
      return (unicode[1] === 'P') === (unicode[2] === '^') ? set : not(set)
    }
    const letter = this.#text[this.#at] ?? ''
    const perl = PERL_CLASSES.get(letter)
    if (perl !== undefined) {
      this.#at++
      return perl
    }
    const unit = this.#escapedUnit()
    return between(unit, unit)
  }

  #escapedUnit(): number {
    const hexadecimal = this.#matchAndTake(/x(?:\{([0-9a-fA-F]{1,4})\}|([0-9a-fA-F]{2}))/y)
    if (hexadecimal !== null) return Number.parseInt((hexadecimal[1] ?? hexadecimal[2]) as string, 16)
    const octal = this.#matchAndTake(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y)
    if (octal !== null) return Number.parseInt(octal[0], 8)
    const character = this.#text[this.#at++]
    if (character === undefined) throw new PatternError('a backslash at the end')
    const control = CONTROL_CHARACTERS.get(character)
    if (control !== undefined) return control
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`'\\${character}' means nothing`)
    return unitOf(character)
  }

  #class(): CharacterSet {
    const isNegated = this.#take('^')
    const sets: CharacterSet[] = []
    // A bracket that comes first stands for itself.
    while (sets.length === 0 || !this.#take(']')) {
      if (this.#at >= this.#text.length) throw new PatternError("a '[' without its ']'")
      sets.push(this.#classItem())
    }
    const set = this.#flags.i ? ignoringCase(anyOf(sets)) : anyOf(sets)
    return isNegated ? not(set) : set
  }

  #classItem(): CharacterSet {
    const posix = this.#matchAndTake(/\[:(\^?)(\w+):\]/y)
    if (posix !== null) {
      const set = POSIX_CLASSES.get(posix[2] as string)
      if (set === undefined) throw new PatternError(`no characters are called '${posix[0]}'`)
      return posix[1] === '^' ? not(set) : set
    }
    if (/\\[dDsSwWpP]/y.test(this.#text.slice(this.#at, this.#at + 2))) return this.#escapedSet()
    const first = this.#classUnit()
    if (this.#matchAndTake(/-(?!\])/y) === null) return between(first, first)
    const last = this.#classUnit()
    if (last < first) throw new PatternError(`characters from '${String.fromCharCode(first)}' to '${String.fromCharCode(last)}'`)
    return between(first, last)
  }

  #classUnit(): number {
    if (this.#take('\\')) return this.#escapedUnit()
    if (this.#at >= this.#text.length) throw new PatternError("a '[' without its ']'")
    return this.#text.charCodeAt(this.#at++)
  }

  #literal(unit: number): PatternNode {
    return this.#character(between(unit, unit))
  }

  #character(set: CharacterSet): PatternNode {
    return { kind: 'character', set: this.#flags.i ? ignoringCase(set) : set }
  }

  #next(): string {
    return this.#text[this.#at] as string
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #matchAndTake(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at
    const match = sticky.exec(this.#text)
    if (match !== null) this.#at += match[0].length
    return match
  }
}
