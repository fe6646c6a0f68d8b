// The bytes of one simulated file: as processes see them, and as they are on the disk. A sector (512 bytes) that was written and not
// synced is dirty: a power loss leaves it old, new, or torn. Sizes are metadata and reach the disk on their own: before the
// data (the new part is zeros then) or after it.
import type { SeededRandom } from './random.ts'

export const sectorSize = 512

/**
 * What a power loss does to what was not synced:
 * - `drop`: all of it is gone, directory entries too
 * - `keep`: all of it had reached the disk
 * - `zeros`: entries and sizes had reached the disk, data had not
 * - `random`: some of each, sectors torn at any byte
 */
export type CrashMode = 'drop' | 'keep' | 'zeros' | 'random'

export class FileNode {
  readonly kind = 'file'
  readonly id: number
  size = 0
  modifiedMs: number
  #bytes: Buffer = Buffer.alloc(0)
  #durableBytes: Buffer = Buffer.alloc(0)
  #durableSize = 0
  /** Sector number → number of the write that made it dirty last. */
  readonly #dirty = new Map<number, number>()
  #writes = 0
  readonly #allocatedSectors = new Set<number>()

  constructor(id: number, modifiedMs: number) {
    this.id = id
    this.modifiedMs = modifiedMs
  }

  get sizeOnDisk(): number {
    return this.#allocatedSectors.size * sectorSize
  }

  /** All of it, and nothing else; a copy. */
  content(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.size))
  }

  read(into: Buffer, offset: number, length: number, position: number): number {
    return this.#bytes.subarray(position, Math.min(position + length, this.size)).copy(into, offset)
  }

  write(from: Buffer, offset: number, length: number, position: number): void {
    if (length === 0) return
    this.#bytes = withCapacity(this.#bytes, position + length)
    from.copy(this.#bytes, position, offset, offset + length)
    this.size = Math.max(this.size, position + length)
    this.#markDirty(position, position + length)
    for (let sector = sectorOf(position); sector <= sectorOf(position + length - 1); sector++) this.#allocatedSectors.add(sector)
  }

  truncate(size: number): void {
    if (size < this.size) {
      this.#bytes.fill(0, size, this.size)
      this.#markDirty(size, this.size)
      for (const sector of this.#allocatedSectors) if (sector * sectorSize >= size) this.#allocatedSectors.delete(sector)
    }
    this.#bytes = withCapacity(this.#bytes, size)
    this.size = size
  }

  /** Takes what is there now to the disk when the returned function is called; what is written in between stays dirty. */
  beginSync(): () => void {
    const size = this.size
    const sectors = [...this.#dirty].map(([sector, write]) => ({ sector, write, bytes: sectorBytes(this.#bytes, sector) }))
    return () => {
      for (const { sector, write, bytes } of sectors) {
        this.#setDurable(sector, bytes)
        if (this.#dirty.get(sector) === write) this.#dirty.delete(sector)
      }
      this.#durableSize = size
    }
  }

  /** As Linux does it: some pages were written, all are marked clean, and no later sync will write the others. */
  failSync(random: SeededRandom): void {
    for (const sector of this.#dirty.keys()) if (random.chance(0.5)) this.#setDurable(sector, sectorBytes(this.#bytes, sector))
    this.#dirty.clear()
    this.#durableSize = random.pick(this.#durableSize, this.size)
  }

  /** The file as it may be found after a power loss now: all of it on the disk. */
  afterPowerLoss(mode: CrashMode, random: SeededRandom): FileNode {
    const survivor = new FileNode(this.id, this.modifiedMs)
    const bytes = this.#survivingBytes(mode, random)
    survivor.write(bytes, 0, bytes.length, 0)
    survivor.beginSync()()
    return survivor
  }

  #survivingBytes(mode: CrashMode, random: SeededRandom): Buffer {
    if (mode === 'drop') return padded(this.#durableBytes, this.#durableSize)
    if (mode === 'keep') return padded(this.#durableBytes, this.size, this.#bytes, this.#dirty.keys())
    if (mode === 'zeros') return padded(this.#durableBytes, this.size)
    const size = random.pick(this.size, this.#durableSize, between(this.#durableSize, this.size, random))
    const keepChance = random.pick(0, 0.5, 0.9, 1)
    const kept = [...this.#dirty.keys()].filter(() => random.chance(keepChance))
    const bytes = padded(this.#durableBytes, size, this.#bytes, kept)
    for (const sector of this.#dirty.keys()) if (random.chance(0.2)) this.#tear(bytes, sector, random)
    return bytes
  }

  /** One part of the sector is new, the other as it was. */
  #tear(bytes: Buffer, sector: number, random: SeededRandom): void {
    const fresh = sectorBytes(this.#bytes, sector)
    const old = sectorBytes(this.#durableBytes, sector)
    const [before, after] = random.pick([fresh, old], [old, fresh])
    const cut = random.below(sectorSize)
    putSector(Buffer.concat([before.subarray(0, cut), after.subarray(cut)]), bytes, sector)
  }

  #markDirty(start: number, end: number): void {
    this.#writes++
    for (let sector = sectorOf(start); sector <= sectorOf(end - 1); sector++) this.#dirty.set(sector, this.#writes)
  }

  #setDurable(sector: number, bytes: Buffer): void {
    this.#durableBytes = withCapacity(this.#durableBytes, (sector + 1) * sectorSize)
    bytes.copy(this.#durableBytes, sector * sectorSize)
  }
}

function sectorOf(position: number): number {
  return Math.floor(position / sectorSize)
}

/** A whole sector, with zeros after the end of the file. */
function sectorBytes(bytes: Buffer, sector: number): Buffer {
  const copy = Buffer.alloc(sectorSize)
  bytes.subarray(sector * sectorSize, (sector + 1) * sectorSize).copy(copy)
  return copy
}

/** As much of it as lies in the file. */
function putSector(content: Buffer, bytes: Buffer, sector: number): void {
  content.copy(bytes.subarray(sector * sectorSize))
}

/** `size` bytes of `old` (zeros after its end), with the given sectors as they are in `fresh`. */
function padded(old: Buffer, size: number, fresh = old, freshSectors: Iterable<number> = []): Buffer {
  const bytes = Buffer.alloc(size)
  old.copy(bytes)
  for (const sector of freshSectors) putSector(sectorBytes(fresh, sector), bytes, sector)
  return bytes
}

function between(one: number, other: number, random: SeededRandom): number {
  return Math.min(one, other) + random.below(Math.abs(one - other) + 1)
}

/** The same bytes with room for `capacity`, zeros behind them; grows in steps that double. */
function withCapacity(bytes: Buffer, capacity: number): Buffer {
  if (capacity <= bytes.length) return bytes
  const grown = Buffer.alloc(Math.max(capacity, bytes.length * 2, sectorSize))
  bytes.copy(grown)
  return grown
}
