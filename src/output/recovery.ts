// What is said of a log that was not left, or cannot be left, as a clean stop leaves it.
import { counted } from '../errors/counted.ts'
import type { RecoveryReport } from '../log/recovery.ts'

/** One line. */
export function recoveryText(report: RecoveryReport): string {
  switch (report.kind) {
    case 'cut':
      return `cut ${counted(report.sizeInBytes, 'byte')} of a torn write off ${report.file} (at ${report.position}: ${report.reason})`
    case 'damage':
      return `damage in ${report.damage.file} at ${report.damage.position}: ${report.damage.reason}. \`leat log verify\` tells more`
    case 'unfinished': {
      const reason = report.error instanceof Error ? report.error.message : String(report.error)
      return `what is stored stays, but the next command has to look at the logs for longer: ${reason}`
    }
  }
}
