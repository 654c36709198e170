import type { Input } from './open-input.ts'

const nothing = async (): Promise<void> => undefined

/** What an input does at its end of which nothing is kept, and nothing left open. */
export const unkept: Pick<Input, 'close' | 'keep'> = { keep: nothing, close: nothing }
