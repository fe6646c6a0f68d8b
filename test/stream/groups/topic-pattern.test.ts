import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topicPattern } from '../../../src/stream/groups/topic-pattern.ts'
import { refusal } from './coordinator.ts'

test.for<[pattern: string, matches: string[], matchesNot: string[]]>([
  ['', [''], ['a']],
  ['orders', ['orders'], ['order', 'orders2', 'my-orders']],
  ['(clicks|jobs)', ['clicks', 'jobs'], ['clicksjobs', '']],
  ['clicks|', ['clicks', ''], ['c']],
  ['a.c', ['abc', 'a.c'], ['ac', 'a\nc']],
  ['(?s)a.c', ['a\nc'], []],
  ['a\\.c', ['a.c'], ['abc']],
  ['a*', ['', 'aaa'], ['ab']],
  ['a+b?', ['a', 'aab'], ['b', 'abb']],
  ['a+?b*?', ['a', 'abb'], ['b']],
  ['(ab){2}', ['abab'], ['ab', 'ababab']],
  ['a{2,}', ['aa', 'aaaa'], ['a']],
  ['a{1,3}', ['a', 'aaa'], ['', 'aaaa']],
  ['a{0}b', ['b'], ['ab']],
  ['a{,3}', ['a{,3}'], ['aaa']],
  ['a{x}', ['a{x}'], []],
  ['[a-c_]+', ['a_c'], ['d']],
  ['[^a-c]', ['d', '.'], ['a']],
  ['[]a]', [']', 'a'], ['b']],
  ['[^]a]', ['b'], [']']],
  ['[a-]', ['a', '-'], ['b']],
  ['[\\w-]+', ['a-b_9'], ['.']],
  ['[\\]\\\\]', [']', '\\'], ['a']],
  ['[[:alpha:]]+', ['abC'], ['a1']],
  ['[[:^digit:]x1]', ['a', 'x', '1'], ['2']],
  ['\\d{4}-\\d{2}', ['2026-11'], ['2026-1']],
  ['\\D\\S\\W', ['a_.'], ['1a.', 'a a', 'aaa']],
  ['^a$', ['a'], ['ab']],
  ['\\Aa\\z', ['a'], ['b']],
  ['a^b', [], ['ab', 'a^b']],
  ['(?:a|b)c', ['ac', 'bc'], ['abc']],
  ['(?P<name>a)(?<other>b)', ['ab'], ['a']],
  ['(?i)Orders', ['ORDERS', 'orders'], ['order']],
  ['a(?i)b|c', ['aB', 'C'], ['Ab']],
  ['(?i:a)b', ['Ab'], ['AB']],
  ['(?i-s:[b-d]+)x', ['BcDx'], ['bX']],
  ['a(?-i)b', ['ab'], ['aB']],
  ['\\Qa.b*\\Ec+', ['a.b*cc'], ['axb*c', 'a.bc']],
  ['\\Qa+', ['a+'], ['aa']],
  ['\\x41\\x{42}\\103', ['ABC'], ['abc']],
  ['a\\t', ['a\t'], ['at']],
  ['\\bor\\b-\\bx', ['or-x'], []],
  ['o\\Br', ['or'], ['o-r']],
  ['o\\br', [], ['or']],
  ['\\pL\\p{Lu}\\p{Greek}', ['aBγ'], ['abγ', '1Bγ']],
  ['\\P{L}\\p{^Lu}', ['1a'], ['aa', '1A']],
  ['(a*)*', ['', 'aaa'], ['b']],
  ['(a|b*)*c', ['c', 'abbac'], ['abba']],
  ['()', [''], ['a']],
  ['(?m)^a$', ['a'], ['b']],
])('%s', ([pattern, matches, matchesNot]) => {
  const isMatch = topicPattern(pattern)
  expect(matches.filter((name) => !isMatch(name))).toEqual([])
  expect(matchesNot.filter(isMatch)).toEqual([])
})

test.for([
  '(',
  ')',
  'a)',
  '(a',
  '[',
  '[a',
  '[]',
  '[^]',
  '*',
  '+a',
  'a|*',
  'a**',
  'a+*',
  'a{2}{3}',
  'a{3,2}',
  'a{1001}',
  '[b-a]',
  '\\',
  'a\\',
  '\\8',
  '\\y',
  '\\1',
  '(a)\\1',
  '(?=a)',
  '(?!a)',
  '(?<=a)b',
  '(?<!a)b',
  '(?>a)',
  '(?x)a',
  '(?P=n)',
  '(?',
  '[[:nothing:]]',
  '\\p{Nothing}',
  '\\pX',
  '\\x1',
  '\\k<a>',
  '[a\\',
])('%s is refused', (pattern) => {
  expect(refusal(() => topicPattern(pattern))).toBe('INVALID_REGULAR_EXPRESSION')
})

test('patterns that take other engines years take no time', () => {
  const name = `${'a'.repeat(248)}!`
  for (const pattern of ['(a+)+', '(a*)*', '(a|aa)+', '(.*)*x', '(a?){200}a{200}']) expect(topicPattern(pattern)(name), pattern).toBe(false)
})

test.for(['((((a{1000}){1000}){1000}){1000})', '((((){1000}){1000}){1000})', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`])(
  'a pattern that is too large is refused',
  (pattern) => {
    expect(refusal(() => topicPattern(pattern))).toBe('INVALID_REGULAR_EXPRESSION')
  },
)

/** What both know: RE2's syntax and JavaScript's. */
const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\.', '^', '$', '\\b')
const { pattern: shared } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc
      .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{1,}', '*?'))
      .map(([inner, repeat]) => `(${inner})${repeat}`),
  ),
  pattern: fc.oneof(
    { depthSize: 'small' },
    fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}|${b}`),
  ),
}))

test('gives what a backtracking engine gives, on what both understand', () => {
  fc.assert(
    fc.property(
      shared,
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 6 }), { minLength: 1 }),
      (pattern, names) => {
        const isMatch = topicPattern(pattern)
        const expected = new RegExp(`^(?:${pattern})$`)
        for (const name of names) expect(isMatch(name), name).toBe(expected.test(name))
      },
    ),
    { numRuns: 500 },
  )
})
