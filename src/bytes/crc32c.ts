// CRC-32C (Castagnoli), the checksum of record batches. Large ranges go to the native module (6 GB/s). Small ones, where the
// call costs more than the work, and all on platforms that the module has no build for, go to slice-by-8 here (1.5 GB/s).
import { createRequire } from 'node:module'

/** Below this many bytes a native call (and the view it needs) costs more than it saves. */
const NATIVE_FROM_BYTES = 256
/** Loading the module takes as long as checking this much without it, so who checks less never loads it. */
const LOAD_AFTER_BYTES = 2 * 1024 * 1024

type NativeCrc = (bytes: Uint8Array, state?: number) => number

/** Whether it is here changes how long a checksum takes, never what it is. */
let native: NativeCrc | null = null
let bytesUntilLoad = LOAD_AFTER_BYTES

function loadNative(): NativeCrc | null {
  try {
    // A module of CommonJS, and so without types.
    const module = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: NativeCrc }
    return module.crc32c
  } catch {
    return null
  }
}

/** The checksum of `bytes` from `start` to `end`, as an unsigned number; `state` continues an earlier checksum. */
export function crc32c(bytes: Buffer, start = 0, end: number = bytes.length, state = 0): number {
  if (end - start < NATIVE_FROM_BYTES) return crc32cPortable(bytes, start, end, state)
  if (bytesUntilLoad > 0) {
    bytesUntilLoad -= end - start
    if (bytesUntilLoad <= 0) native = loadNative()
  }
  if (native === null) return crc32cPortable(bytes, start, end, state)
  return native(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), state)
}

const POLYNOMIAL = 0x82f63b78
const SLICES = 8
/** Made when it is first needed, which takes as long as checking some hundred KB; the same from then on. */
let table: Int32Array | null = null

function makeTable(): Int32Array {
  const made = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  for (let index = 256; index < made.length; index++) {
    const previous = at(made, index - 256)
    made[index] = (previous >>> 8) ^ at(made, previous & 0xff)
  }
  return made
}

function at(slices: Int32Array, index: number): number {
  return slices[index] as number
}

/** The same without native code. */
export function crc32cPortable(bytes: Buffer, start: number, end: number, state = 0): number {
  const slices = (table ??= makeTable())
  let crc = ~state
  let i = start
  for (const last = end - SLICES; i <= last; i += SLICES) {
    const low =
      crc ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24))
    crc =
      at(slices, 0x700 + (low & 0xff)) ^
      at(slices, 0x600 + ((low >>> 8) & 0xff)) ^
      at(slices, 0x500 + ((low >>> 16) & 0xff)) ^
      at(slices, 0x400 + (low >>> 24)) ^
      at(slices, 0x300 + (bytes[i + 4] as number)) ^
      at(slices, 0x200 + (bytes[i + 5] as number)) ^
      at(slices, 0x100 + (bytes[i + 6] as number)) ^
      at(slices, bytes[i + 7] as number)
  }
  for (; i < end; i++) crc = at(slices, (crc ^ (bytes[i] as number)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}
