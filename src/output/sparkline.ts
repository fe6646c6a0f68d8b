// Numbers as one line of bars, the highest as high as a line is.

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** Nothing is the lowest bar, and anything is more than nothing. */
export function sparkline(values: readonly number[]): string {
  const highest = Math.max(0, ...values)
  return values.map((value) => BARS[value <= 0 ? 0 : Math.max(1, Math.round((value / highest) * (BARS.length - 1)))]).join('')
}
