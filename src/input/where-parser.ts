// The expressions of --where, as a tree:
//
//   or:      and { "||" and }            and:  not { "&&" not }
//   not:     "!" not | "(" or ")" | "exists" "(" PATH ")" | operand [ COMPARISON operand ]
//   operand: PATH | STRING | NUMBER | true | false | null
//   COMPARISON: == != < <= > >= =~ !~    (after =~ and !~ a regular expression as a STRING)
//
// PATH is as in --key-field (.order.id, .items[0].sku, ."a b"); STRING is in double or single quotes, with JSON's escapes.
import { compileExpression, reasonOf } from '../grammar/expression.ts'
import { NotationError } from '../grammar/point-at.ts'

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

export type Operand =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'string'; readonly text: string }
  /** As it was written. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'true' | 'false' | 'null' }

export type Expression =
  | { readonly kind: 'or' | 'and'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'truth'; readonly operand: Operand }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'match'; readonly isNegated: boolean; readonly left: Operand; readonly pattern: RegExp }

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<path>(?:\.(?:"(?:[^"\\]|\\.)*"|[^\s.[\]"'()=!<>&|~,]+)|\.?\[\d+\])+)`,
    String.raw`(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`,
    String.raw`(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))`,
    String.raw`(?<word>[A-Za-z_]\w*)`,
    String.raw`(?<sign>==|!=|<=|>=|=~|!~|&&|\|\||[<>!()])`,
  ].join('|'),
  'uy',
)

interface Token {
  readonly kind: 'path' | 'string' | 'number' | 'word' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}

/** @throws NotationError */
export function parseWhere(text: string): Expression {
  const parser = new Parser(tokenize(text))
  return parser.whole()
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(text)?.groups
    if (groups === undefined)
      throw new NotationError(/["']/.test(text[at] as string) ? 'this text is not closed' : 'this is not understood', at)
    // Every alternative of the pattern has a name, which is that of a token.
    const [kind, content] = Object.entries(groups).find(([, group]) => group !== undefined) as [Token['kind'] | 'space', string]
    if (kind !== 'space') tokens.push({ kind, text: content, at })
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#or()
    if (this.#peek().kind !== 'end') throw new NotationError('an operator is missing before this', this.#peek().at)
    return expression
  }

  #or(): Expression {
    let left = this.#and()
    while (this.#takeSign('||')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#takeSign('&&')) left = { kind: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expression {
    if (this.#takeSign('!')) return { kind: 'not', operand: this.#not() }
    if (this.#takeSign('(')) {
      const inner = this.#or()
      this.#close()
      return inner
    }
    if (this.#peek().text === 'exists') return this.#exists()
    return this.#comparison()
  }

  #exists(): Expression {
    this.#take()
    if (!this.#takeSign('(')) throw new NotationError('a ( is missing after exists', this.#peek().at)
    const path = this.#take()
    if (path.kind !== 'path') throw new NotationError('a path is missing here', path.at)
    this.#close()
    return { kind: 'exists', path: path.text }
  }

  #comparison(): Expression {
    const left = this.#operand()
    const { kind, text: operator } = this.#peek()
    if (kind !== 'sign') return { kind: 'truth', operand: left }
    if (operator === '=~' || operator === '!~') {
      this.#take()
      return { kind: 'match', isNegated: operator === '!~', left, pattern: this.#pattern() }
    }
    if (!COMPARISONS.has(operator)) return { kind: 'truth', operand: left }
    this.#take()
    return { kind: 'compare', operator: operator as Comparison, left, right: this.#operand() }
  }

  #operand(): Operand {
    const { kind, text, at } = this.#take()
    if (kind === 'path') return { kind, path: text }
    if (kind === 'string') return { kind, text: unquote(text, at) }
    if (kind === 'number') return { kind, text }
    if (text === 'true' || text === 'false' || text === 'null') return { kind: text }
    throw new NotationError(
      kind === 'word' ? `'${text}' is no value: a path begins with a dot, text is in quotes` : 'a path or a value is missing here',
      at,
    )
  }

  #pattern(): RegExp {
    const { kind, text, at } = this.#take()
    if (kind !== 'string') throw new NotationError('a regular expression in quotes is missing here', at)
    // As it is in the quotes: a backslash means what it does in expressions.
    const source = text.slice(1, -1)
    try {
      return compileExpression(source)
    } catch (error) {
      throw new NotationError(`not a regular expression: ${reasonOf(error, source)}`, at + 1)
    }
  }

  #close(): void {
    if (!this.#takeSign(')')) throw new NotationError('a ) is missing here', this.#peek().at)
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#next++
    return token
  }

  #takeSign(text: string): boolean {
    const { kind, text: present } = this.#peek()
    if (kind !== 'sign' || present !== text) return false
    this.#next++
    return true
  }
}

function unquote(quoted: string, at: number): string {
  const inner = quoted.slice(1, -1)
  // Of single quotes, the inner double ones need an escape for JSON, and the escaped single ones none.
  const json = quoted.startsWith('"')
    ? inner
    : inner.replaceAll(/\\(.)|"/gs, (found, escaped?: string) => (escaped === "'" ? "'" : found === '"' ? '\\"' : found))
  try {
    return JSON.parse(`"${json}"`) as string
  } catch {
    throw new NotationError('this text has an escape that JSON does not know', at)
  }
}
