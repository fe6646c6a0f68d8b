// One million order events, one JSON object a line: the input of all benchmarks, the same for the same seed.
import fs from 'node:fs'

/** Small and fast; its numbers are the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const STATUSES = ['created', 'paid', 'packed', 'shipped', 'delivered', 'returned']
const CUSTOMERS = 50_000

/** Writes `count` lines of about 123 bytes to `path`, unless they are there already. */
export function writeOrders(path: string, count = 1_000_000, seed = 42): void {
  if (fs.existsSync(path)) return
  const random = mulberry32(seed)
  const fd = fs.openSync(`${path}.part`, 'w')
  let lines = ''
  for (let index = 0; index < count; index++) {
    const customer = Math.floor(random() * CUSTOMERS)
    const amount = (random() * 500).toFixed(2)
    const status = STATUSES[Math.floor(random() * STATUSES.length)]
    const time = new Date(1_742_480_000_000 + index * 37).toISOString()
    lines += `{"orderId":"o-${String(index).padStart(8, '0')}","customerId":"c-${customer}","status":"${status}","items":${1 + (index % 9)},"amount":${amount},"at":"${time}"}\n`
    if (lines.length > 1 << 20) {
      fs.writeSync(fd, lines)
      lines = ''
    }
  }
  fs.writeSync(fd, lines)
  fs.closeSync(fd)
  fs.renameSync(`${path}.part`, path)
}
