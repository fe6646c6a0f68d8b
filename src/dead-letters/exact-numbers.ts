type Reviver = NonNullable<Parameters<typeof JSON.parse>[1]>

// TypeScript knows neither `JSON.rawJSON` nor what a reviver is given third; every Node that leat runs on has both.
/** For `JSON.parse`: numbers keep their digits, which a `number` would round, and `JSON.stringify` writes them as they were. */
export const exactNumbers = ((_: string, value: unknown, context?: { readonly source?: string }) =>
  typeof value === 'number' && context?.source !== undefined
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source)
    : value) as Reviver
