// Commands that print a listing: a table for people, one JSON object a line for programs.
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from './base-command.ts'
import { toJson } from '../src/output/json.ts'
import { type Column, renderTable } from '../src/output/table.ts'

interface ListingFlags {
  readonly json: boolean
  readonly headers: boolean
  readonly columns?: string | undefined
}

export const listingFlags = {
  headers: Flags.boolean({ summary: 'column headers', default: true, allowNo: true, helpGroup: 'OUTPUT' }),
  columns: Flags.string({ summary: 'columns to show (A,B)', helpGroup: 'OUTPUT' }),
}

export function listingText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], flags: ListingFlags): string {
  return flags.json
    ? rows.map((row) => `${toJson(row)}\n`).join('')
    : renderTable(columns, rows, { withHeaders: flags.headers, columns: flags.columns?.split(',') ?? null })
}

export abstract class ListingCommand extends BaseCommand {
  static override baseFlags = { ...BaseCommand.baseFlags, ...listingFlags }

  protected async printListing<Row>(columns: readonly Column<Row>[], rows: readonly Row[], flags: ListingFlags): Promise<void> {
    await this.print(listingText(columns, rows, flags))
  }
}
