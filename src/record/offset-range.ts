/** Offsets are int64. */
export const MAX_OFFSET = 2n ** 63n - 1n
