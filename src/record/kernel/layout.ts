// Where things are in the kernel's memory. Loops go in steps of a vector, so they read and write a little beyond what they are asked for.

export const VECTOR_BYTES = 16

/** What functions leave for their caller: int32 values. */
export const RESULT = 0
/** The timestamp delta of all records, as a varlong. */
export const DELTA = 64
/** Of the hashes of keys: int32 values, four of them. */
export const SEED = 128

export const INPUT = 1024
export const INPUT_BYTES = 1 << 20
const SLACK_BYTES = 1024
export const OUTPUT = INPUT + INPUT_BYTES + SLACK_BYTES
export const OUTPUT_BYTES = 1 << 20

/** What is lent to whoever reads batches: nothing has to be copied to the input then. */
export const LENT = OUTPUT + OUTPUT_BYTES + SLACK_BYTES
export const LENT_BYTES = 1 << 20

const PAGE_BYTES = 1 << 16
export const MEMORY_PAGES = Math.ceil((LENT + LENT_BYTES + SLACK_BYTES) / PAGE_BYTES)
