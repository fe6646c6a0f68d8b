// Regular expressions as users type them.

/** In UTF-16 of either width, for which V8 makes code of its own. */
const SAMPLES = ['', '\u{100}']

/** @throws SyntaxError: also for one that is too large, which V8 finds out when it is first used */
export function compileExpression(source: string): RegExp {
  const expression = new RegExp(source, 'u')
  for (const sample of SAMPLES) expression.test(sample)
  return expression
}

/** What is wrong with an expression, without the expression itself. */
export function reasonOf(error: unknown, source: string): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace('Invalid regular expression: ', '').replace(`/${source}/u: `, () => '')
}
