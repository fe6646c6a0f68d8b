// Topic settings as they are given on a command line.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicConfigName, normalizeTopicConfig } from '../../log/topic-config.ts'

/** `retention.ms=7d` … in Kafka's text form, checked. @throws LeatError INVALID_CONFIG */
export function parseConfigs(texts: readonly string[]): Map<string, string> {
  const configs = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at <= 0)
      throw new LeatError('INVALID_CONFIG', `--config ${text} is not name=value`, {
        hint: 'For example --config retention.ms=7d.',
        exitCode: exitCodes.usage,
      })
    const name = text.slice(0, at)
    configs.set(name, normalizeTopicConfig(name, text.slice(at + 1)))
  }
  return configs
}

/** Settings to be set, and (as null) those to be deleted. */
export function parseConfigChanges(set: readonly string[], deleted: readonly string[]): Map<string, string | null> {
  const changes = new Map<string, string | null>(parseConfigs(set))
  for (const name of deleted) {
    checkTopicConfigName(name)
    changes.set(name, null)
  }
  return changes
}
