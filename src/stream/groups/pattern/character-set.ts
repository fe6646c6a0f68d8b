// Sets of characters in patterns, as predicates of a UTF-16 unit.

export type CharacterSet = (unit: number) => boolean

export const anyOf =
  (sets: readonly CharacterSet[]): CharacterSet =>
  (unit) =>
    sets.some((set) => set(unit))
export const not =
  (set: CharacterSet): CharacterSet =>
  (unit) =>
    !set(unit)
export const between =
  (first: number, last: number): CharacterSet =>
  (unit) =>
    unit >= first && unit <= last

/** Letters of ASCII in both cases. */
export function ignoringCase(set: CharacterSet): CharacterSet {
  return (unit) => set(unit) || (isLetter(unit) && set(unit ^ 0x20))
}

export function unitOf(character: string): number {
  return character.charCodeAt(0)
}

/** From pairs of ends: `azAZ` is a to z and A to Z. */
function ranges(ends: string): CharacterSet {
  const sets: CharacterSet[] = []
  for (let index = 0; index < ends.length; index += 2) sets.push(between(ends.charCodeAt(index), ends.charCodeAt(index + 1)))
  return anyOf(sets)
}

const isLetter = ranges('azAZ')
export const isWordUnit: CharacterSet = ranges('azAZ09__')
export const isNewline: CharacterSet = (unit) => unit === 0x0a

/** After a backslash; the upper-case letter is the rest. */
export const PERL_CLASSES: ReadonlyMap<string, CharacterSet> = new Map(
  Object.entries({ d: ranges('09'), s: ranges('\t\n\f\r  '), w: isWordUnit }).flatMap(([letter, set]): [string, CharacterSet][] => [
    [letter, set],
    [letter.toUpperCase(), not(set)],
  ]),
)

/** Between `[:` and `:]` inside of brackets. */
export const POSIX_CLASSES: ReadonlyMap<string, CharacterSet> = new Map(
  Object.entries({
    alnum: ranges('azAZ09'),
    alpha: isLetter,
    ascii: between(0, 0x7f),
    blank: ranges('\t\t  '),
    cntrl: anyOf([between(0, 0x1f), between(0x7f, 0x7f)]),
    digit: ranges('09'),
    graph: between(0x21, 0x7e),
    lower: ranges('az'),
    print: between(0x20, 0x7e),
    punct: ranges('!/:@[`{~'),
    space: between(0x09, 0x0d),
    upper: ranges('AZ'),
    word: isWordUnit,
    xdigit: ranges('09afAF'),
  }),
)

/** A general category or a script of Unicode; null where there is none of that name. */
export function unicodeClass(name: string): CharacterSet | null {
  if (!/^[A-Za-z_]+$/.test(name)) return null
  for (const property of [`General_Category=${name}`, `Script=${name}`])
    try {
      const expression = new RegExp(`^\\p{${property}}$`, 'u')
      return (unit) => expression.test(String.fromCharCode(unit))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  return null
}
