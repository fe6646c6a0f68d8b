// Suggestions for names that were mistyped.

/** The candidate that is nearest to `name` by edits, or null where none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null
  // A name of which nothing is left is not near.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)) + 1, name.length)
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other. */
function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1
      let distance = Math.min(cell(row, j - 1) + 1, cell(previous, j) + 1, cell(previous, j - 1) + cost)
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        distance = Math.min(distance, cell(beforePrevious, j - 2) + 1)
      row.push(distance)
    }
    beforePrevious = previous
    previous = row
  }
  return cell(previous, to.length)
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
