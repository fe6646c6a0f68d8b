// Amounts as people read them: three digits and a unit.

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
const COUNT_UNITS = ['', 'k', 'M', 'G']

/** `512 B`, `64 KiB`, `1.18 GiB`. */
export function sizeText(bytes: number | bigint): string {
  return scaled(Number(bytes), 1024, SIZE_UNITS)
}

/** Per second: `950/s`, `4.1 M/s`. */
export function rateText(perSecond: number): string {
  return `${scaled(perSecond, 1000, COUNT_UNITS)}/s`
}

/** `1,234,567`. */
export function countText(count: number | bigint): string {
  return `${count}`.replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** `350 ms`, `4.2 s`, `1m 05s`, `2h 03m`, `7d 04h`: the two largest units that say something. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return pair(Math.floor(whole / 60), 'm', whole % 60, 's')
  const minutes = Math.floor(whole / 60)
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm')
  const hours = Math.floor(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${large}${largeUnit} ${`${small}`.padStart(2, '0')}${smallUnit}`
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value
  let unit = 0
  // What would be rounded up to the next unit is written in it.
  while (rest >= base - 0.5 && unit < units.length - 1) {
    rest /= base
    unit++
  }
  const digits = unit === 0 ? (Number.isInteger(rest) || rest >= 100 ? 0 : 1) : rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2
  const text = rest
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
  return units[unit] === '' ? text : `${text} ${units[unit]}`
}
