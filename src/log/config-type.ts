// What a configuration's value may be, and its text as Kafka stores it. Durations and sizes may also be given in words: `7d`,
// `1h30m`, `64MiB`.

interface IntegerType {
  readonly kind: 'long' | 'int'
  readonly min?: bigint
  readonly max?: bigint
  /** Valid though it is outside the range. */
  readonly also?: bigint
  readonly unit?: keyof typeof UNITS
}

export type ConfigType =
  | IntegerType
  | { readonly kind: 'double'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'one of'; readonly values: readonly string[] }
  | { readonly kind: 'list of'; readonly values: readonly string[] }
  | { readonly kind: 'throttled replicas' }

const RANGES = {
  int: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  long: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const

const [KIB, MIB, GIB, TIB] = [1n << 10n, 1n << 20n, 1n << 30n, 1n << 40n] as const

const UNITS = {
  ms: { ms: 1n, s: 1000n, m: 60_000n, h: 3_600_000n, d: 86_400_000n, w: 604_800_000n },
  bytes: {
    b: 1n,
    k: KIB,
    m: MIB,
    g: GIB,
    t: TIB,
    kib: KIB,
    mib: MIB,
    gib: GIB,
    tib: TIB,
    kb: 1000n,
    mb: 10n ** 6n,
    gb: 10n ** 9n,
    tb: 10n ** 12n,
  },
} as const

/** The value's text in Kafka's form, or null when it is not valid. */
export function normalizeValue(type: ConfigType, text: string): string | null {
  const value = text.trim()
  switch (type.kind) {
    case 'long':
    case 'int':
      return normalizeInteger(type, value)
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) && Number(value) >= type.min && Number(value) <= type.max ? value : null
    case 'boolean':
      return /^(true|false)$/i.test(value) ? value.toLowerCase() : null
    case 'one of':
      return type.values.includes(value) ? value : null
    case 'list of': {
      const items = listItems(value)
      return items.every((item) => type.values.includes(item)) ? [...new Set(items)].join(',') : null
    }
    case 'throttled replicas': {
      const items = listItems(value)
      return value === '*' || items.every((item) => /^\d+:\d+$/.test(item)) ? items.join(',') : null
    }
  }
}

/** The items of a list; an empty text is an empty list. */
export function listItems(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}

/** For messages: `a whole number (ms) from 1`. */
export function describeType(type: ConfigType): string {
  switch (type.kind) {
    case 'long':
    case 'int':
      return describeInteger(type)
    case 'double':
      return `a number from ${type.min} to ${type.max}`
    case 'boolean':
      return 'true or false'
    case 'one of':
      return `one of ${type.values.join(', ')}`
    case 'list of':
      return `a list of ${type.values.join(', ')}`
    case 'throttled replicas':
      return '* or a list of partition:broker'
  }
}

function normalizeInteger(type: IntegerType, text: string): string | null {
  const value = parseAmount(text, type.unit)
  if (value === null) return null
  const { min = RANGES[type.kind].min, max = RANGES[type.kind].max } = type
  return (value >= min && value <= max) || value === type.also ? value.toString() : null
}

function parseAmount(text: string, unit: keyof typeof UNITS | undefined): bigint | null {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text)
  if (unit === undefined || !/^(\d+\s*[a-z]+\s*)+$/i.test(text)) return null
  const factors = new Map<string, bigint>(Object.entries(UNITS[unit]))
  let total = 0n
  for (const [, amount, name] of text.toLowerCase().matchAll(/(\d+)\s*([a-z]+)/g)) {
    const factor = factors.get(name as string)
    if (factor === undefined) return null
    total += BigInt(amount as string) * factor
  }
  return total
}

function describeInteger({ kind, unit, min, max = kind === 'int' ? RANGES.int.max : undefined, also }: IntegerType): string {
  const bounds = [unit === undefined ? '' : ` (${unit})`, min === undefined ? '' : ` from ${min}`, max === undefined ? '' : ` to ${max}`]
  return `a whole number${bounds.join('')}${also === undefined ? '' : `, or ${also}`}`
}
