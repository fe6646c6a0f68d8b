// The topics that Kafka keeps its own state in.
export const METADATA_TOPIC = '__cluster_metadata'
export const OFFSETS_TOPIC = '__consumer_offsets'
export const TRANSACTION_TOPIC = '__transaction_state'
export const SHARE_STATE_TOPIC = '__share_group_state'
