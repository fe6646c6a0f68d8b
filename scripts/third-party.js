// The licences of the libraries that are in the bundle.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** @param inputs files of the bundle, relative to `root` (esbuild's metafile) */
export function thirdPartyNotices(root, inputs) {
  const folders = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const notices = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
    const [file] = globSync('{LICENSE,LICENCE,license,licence,COPYING}*', { cwd: path.join(root, folder) })
    const text = file === undefined ? `Licence: ${license}` : readFileSync(path.join(root, folder, file), 'utf8').trim()
    return `${name} ${version}\n\n${text}\n`
  })
  return notices.toSorted().join(`\n${'-'.repeat(80)}\n\n`)
}
