// All commands as oclif wants to see them when there is no manifest: in development, and to make the manifest.
import { loadAll } from './index.ts'

export const COMMANDS = await loadAll()
