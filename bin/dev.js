#!/usr/bin/env node
// Runs leat from its sources: Node strips the types.
import { main } from './main.ts'

await main(process.argv.slice(2), { commandsModule: './commands/all.ts' })
