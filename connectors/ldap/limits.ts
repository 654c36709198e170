/**
 * In bytes, of one message: an entry with everything that is in it. A group of two million people whose names have 60 characters each
 * fits in.
 */
export const longestEntry = 128 * 1024 * 1024

/** In bytes, what a value counts for at least: to hold it takes as much, however short it is. */
export const leastValueBytes = 64
