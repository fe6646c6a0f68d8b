// Subscriptions by pattern. A coordinator runs what any client sends it, and JavaScript's own regular expressions can take years for
// thirty characters like `(a+)+$`. So patterns are RE2's, as in Kafka, and matched as RE2 does: all ways through the pattern at once, a
// character at a time, in time that grows with pattern and name only.
//
// A pattern becomes a program of steps; the steps that a name has reached are a set of numbers.
import { invalidRegularExpression } from './group-errors.ts'
import { type CharacterSet, isNewline, isWordUnit } from './pattern/character-set.ts'
import { type Assertion, PatternError, type PatternNode, parsePattern } from './pattern/parse-pattern.ts'

type Step =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'split'; readonly next: number[] }
  | { readonly kind: 'match' }

/** Of the program, and of making it: repetitions of nothing take no steps. */
const MAX_SIZE = 10_000

/** Whether a whole name matches. @throws LeatError INVALID_REGULAR_EXPRESSION */
export function topicPattern(pattern: string): (name: string) => boolean {
  try {
    const { steps } = new Program(parsePattern(pattern))
    return (name) => matches(steps, name)
  } catch (error) {
    if (error instanceof PatternError) throw invalidRegularExpression(pattern, error.message)
    throw error
  }
}

class Program {
  readonly steps: Step[] = []
  #nodes = 0

  constructor(pattern: PatternNode) {
    this.#add(pattern)
    this.steps.push({ kind: 'match' })
  }

  /** Appends the steps of a node; who has taken them goes on with the step after the last one. */
  #add(node: PatternNode): void {
    if (++this.#nodes + this.steps.length > MAX_SIZE) throw new PatternError('it is too large')
    if (node.kind === 'character' || node.kind === 'assertion') this.steps.push(node)
    else if (node.kind === 'sequence') for (const part of node.nodes) this.#add(part)
    else if (node.kind === 'choice') this.#addChoice(node.nodes)
    else {
      for (let time = 0; time < node.min; time++) this.#add(node.node)
      if (node.max === Number.POSITIVE_INFINITY) this.#addLoop(node.node)
      else for (let time = node.min; time < node.max; time++) this.#addChoice([node.node, { kind: 'sequence', nodes: [] }])
    }
  }

  #addChoice(nodes: readonly PatternNode[]): void {
    const start = this.#split()
    const ends = nodes.map((node) => {
      start.push(this.steps.length)
      this.#add(node)
      return this.#split()
    })
    for (const end of ends) end.push(this.steps.length)
  }

  #addLoop(node: PatternNode): void {
    const start = this.steps.length
    const next = this.#split()
    next.push(this.steps.length)
    this.#add(node)
    this.#split().push(start)
    next.push(this.steps.length)
  }

  /** @returns where it goes on, to be filled */
  #split(): number[] {
    const next: number[] = []
    this.steps.push({ kind: 'split', next })
    return next
  }
}

function matches(steps: readonly Step[], name: string): boolean {
  let reached = new Set<number>()
  reach(steps, name, 0, 0, reached)
  for (let at = 0; at < name.length && reached.size > 0; at++) {
    const next = new Set<number>()
    for (const index of reached) {
      const step = steps[index]
      if (step?.kind === 'character' && step.set(name.charCodeAt(at))) reach(steps, name, at + 1, index + 1, next)
    }
    reached = next
  }
  return reached.has(steps.length - 1)
}

/** Adds a step and all that follow from it without a character. */
function reach(steps: readonly Step[], name: string, at: number, first: number, reached: Set<number>): void {
  const waiting = [first]
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    const step = steps[index]
    if (step?.kind === 'split') waiting.push(...step.next)
    else if (step?.kind === 'assertion' && holds(step.assertion, name, at)) waiting.push(index + 1)
  }
}

function holds(assertion: Assertion, name: string, at: number): boolean {
  const is = (set: CharacterSet, index: number): boolean => index >= 0 && index < name.length && set(name.charCodeAt(index))
  const isBoundary = is(isWordUnit, at - 1) !== is(isWordUnit, at)
  return {
    start: at === 0,
    end: at === name.length,
    'line start': at === 0 || is(isNewline, at - 1),
    'line end': at === name.length || is(isNewline, at),
    'word boundary': isBoundary,
    'no word boundary': !isBoundary,
  }[assertion]
}
