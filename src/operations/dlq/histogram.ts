/** Counts by key, in memory that has a limit: whoever fills a topic chooses the keys. */
export class Histogram<T> {
  readonly #limit: number
  readonly #counts = new Map<string, { readonly item: T; count: number }>()
  /** How many had a new key after the limit was reached. */
  others = 0

  /** @param limit of keys */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(key: string, item: () => T): void {
    const counted = this.#counts.get(key)
    if (counted !== undefined) counted.count++
    else if (this.#counts.size < this.#limit) this.#counts.set(key, { item: item(), count: 1 })
    else this.others++
  }

  /** The most frequent first; those that are as frequent as each other in the order in which they came. */
  rows(): { readonly item: T; readonly count: number }[] {
    return [...this.#counts.values()].toSorted((a, b) => b.count - a.count)
  }
}
