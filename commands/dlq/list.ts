import { LettersCommand } from '../letters-command.ts'
import { listingFlags, listingText } from '../listing-command.ts'
import { listDeadLetterTopics } from '../../src/operations/dlq/list.ts'
import { LIST_COLUMNS } from '../../src/output/dead-letter-topics-table.ts'

export default class DlqList extends LettersCommand {
  static override summary = 'dead-letter topics: how much waits in them, since when, and why'
  static override description =
    'Found by their names (orders.dlq, orders-dlt, …) and by the headers of the last records in every topic. What was replayed does not count any more.'
  static override flags = listingFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList)
    const topics = await this.withCluster(flags, (cluster) => listDeadLetterTopics(this.reading(cluster)))
    await this.print(listingText(LIST_COLUMNS, topics, flags))
  }
}
