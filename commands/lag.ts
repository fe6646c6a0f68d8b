import * as Args from '@oclif/core/args'
import { formatOf, type LagFlags, lagFlags, limitsOf, watchIntervalOf } from './lag-flags.ts'
import { ListingCommand } from './listing-command.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { LagReader } from '../src/operations/lag/lag-reader.ts'
import { hasLimits, overLimits } from '../src/operations/lag/limits.ts'
import type { Look } from '../src/operations/lag/partition-lag.ts'
import { keepSamples, readSamples } from '../src/operations/lag/samples.ts'
import { watch } from '../src/operations/lag/watch.ts'
import { type NagiosReport, nagiosReport, nagiosUnknown } from '../src/output/lag-nagios.ts'
import { lagNotes, lagText, type LagTextFormat } from '../src/output/lag-text.ts'
import { redrawText } from '../src/output/redraw.ts'

type Flags = LagFlags & { readonly headers: boolean; readonly columns?: string | undefined }

export default class Lag extends ListingCommand {
  static override summary = 'what consumer groups have not read yet: records, seconds, trend, verdict'
  static override usage = 'lag [GROUP…]'
  static override args = { group: Args.string({ ignoreStdin: true, description: 'groups; all without' }) }
  static override strict = false
  static override flags = lagFlags

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Lag)
    if (formatOf(flags) !== 'nagios') return this.#look(argv, flags)
    try {
      await this.#look(argv, flags)
    } catch (error) {
      // A monitoring system reads standard output, and takes exit code 1 for a warning.
      if (!(error instanceof LeatError) || error.exitCode === exitCodes.usage) throw error
      await this.#answer(nagiosUnknown(error.message))
    }
  }

  async #look(words: readonly string[], flags: Flags): Promise<void> {
    const groups = this.named(words, flags.group)
    const query = { groups: groups.length === 0 ? null : groups, topics: flags.topic ?? null }
    const { limits, format, intervalMs } = { limits: limitsOf(flags), format: formatOf(flags), intervalMs: watchIntervalOf(flags) }
    const cluster = this.openCluster(flags)
    const reader = new LagReader({ cluster, clock: this.system.clock })
    let rounds = 0
    const look = async (): Promise<boolean> => {
      const report = await reader.look(query, readSamples(this.system, cluster.location))
      const { looks, missing, samples } = report
      if (format === 'nagios' && missing[0] !== undefined) throw missing[0]
      if (rounds === 0) for (const text of lagNotes(report)) this.note(`leat: ${text}`)
      if (missing.length > 0) this.endWith(exitCodes.partial)
      const lags = looks.map(({ lag }) => lag)
      const problems = overLimits(lags, limits)
      if (format === 'nagios') await this.#answer(nagiosReport(lags, hasLimits(limits) ? problems : null, limits.maxRecords))
      else await this.#show(looks, problems, flags, format, rounds)
      const unkept = flags.sample ? keepSamples(this.system, cluster.location, samples) : null
      if (unkept !== null && flags.verbose) this.note(`leat: no sample kept: ${unkept}`)
      rounds++
      return problems.length === 0
    }
    try {
      if (intervalMs === null) await look()
      else await watch({ clock: this.system.clock, intervalMs, signal: this.signal, look })
    } finally {
      reader.close()
      await cluster.close()
    }
  }

  async #show(looks: readonly Look[], problems: readonly string[], flags: Flags, format: LagTextFormat, round: number): Promise<void> {
    const isDrawn = flags.watch !== undefined && process.stdout.isTTY && format === 'table'
    const columns = flags.columns?.split(',') ?? null
    const text = lagText(looks, { format, withHistory: isDrawn, withHeaders: flags.headers, columns })
    await this.print(isDrawn ? redrawText(text, process.stdout.rows, round === 0) : text)
    for (const problem of problems) this.note(`leat: ${problem}`)
    if (problems.length > 0) this.endWith(exitCodes.conditionNotMet)
  }

  async #answer({ text, exitCode }: NagiosReport): Promise<void> {
    await this.print(text)
    this.endWith(exitCode)
  }
}
