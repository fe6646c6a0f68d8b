// Order events of about 123 bytes, made one by one: for benchmarks of parts. Those of whole commands read a file (orders.ts).

/** Milliseconds. */
export function orderTime(index: number): number {
  return 1_742_480_591_000 + index
}

/** JSON. */
export function order(index: number): string {
  return JSON.stringify({
    orderId: `o-${1_000_000 + index}`,
    customerId: `c-${(index * 7919) % 50_000}`,
    amount: ((index * 31) % 100_000) / 100,
    currency: 'EUR',
    status: index % 3 === 0 ? 'paid' : 'created',
    items: index % 9,
    ts: orderTime(index),
  })
}
