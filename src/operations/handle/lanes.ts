// Keeps the order of records that belong together: of each lane, one goes ahead at a time.
export class Lanes {
  /** Who waits in each lane that somebody is in. */
  readonly #lanes = new Map<string, (() => void)[]>()

  /** null where the lane is free; else it resolves when it is one's turn. */
  enter(lane: string): Promise<void> | null {
    const waiting = this.#lanes.get(lane)
    if (waiting !== undefined) return new Promise((resolve) => waiting.push(resolve))
    this.#lanes.set(lane, [])
    return null
  }

  leave(lane: string): void {
    const next = this.#lanes.get(lane)?.shift()
    if (next === undefined) this.#lanes.delete(lane)
    else next()
  }
}
