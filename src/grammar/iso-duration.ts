// Durations as Java and Kafka's tools write them (ISO 8601, days and smaller): `P1DT2H30M`, `PT0.5S`.
const FORM = /^P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/i
const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000]

/** Milliseconds, or null for a text that is no such duration. */
export function parseIsoDuration(text: string): number | null {
  const match = FORM.exec(text)
  if (match === null) return null
  const total = UNITS_MS.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0)
  const rounded = Math.round(total)
  return Number.isSafeInteger(rounded) ? rounded : null
}
