// JSON whose integers are compared exactly, whatever their size.

type Reviver = (this: unknown, key: string, value: unknown, context: { source: string }) => unknown

/** Parses JSON; integers come as bigint, `1.0` too. */
export function exactJson(text: string): unknown {
  const exact: Reviver = (_, value, { source }) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return value
    return BigInt(/^-?\d+$/.test(source) ? source : value)
  }
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1])
}

/** The same value with every integer as bigint. */
export function withExactIntegers(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (Array.isArray(value)) return value.map(withExactIntegers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, withExactIntegers(content)]))
}
