/** What the program's exit codes mean. */
export const exitCodes = { done: 0, error: 1, changes: 2, leftOut: 2, held: 3 } as const
