// Node's zlib, loaded when something is first compressed or decompressed: that takes 2 ms, and most commands do neither.
import type Zlib from 'node:zlib'

export function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib')
}
