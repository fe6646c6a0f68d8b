// What this needs of the WebAssembly that every Node has, save one that was started without it (--jitless).

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** @returns the exports; null where there is no WebAssembly, or one that does not know vectors */
export function instantiate(module: Uint8Array<ArrayBuffer>): unknown {
  // Node's types have no WebAssembly.
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyApi }
  if (WebAssembly === undefined) return null
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(module)).exports
  } catch {
    return null
  }
}
