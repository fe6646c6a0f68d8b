type Reviver = NonNullable<Parameters<typeof JSON.parse>[1]>

/** For `JSON.parse`: numbers keep their digits, which a `number` would round, and `JSON.stringify` writes them as they were. */
export const exactNumbers = ((_: string, value: unknown, context?: { readonly source?: string }) =>
  typeof value === 'number' && context?.source !== undefined
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source)
    : value) as Reviver
