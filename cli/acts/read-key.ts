import { readInput } from '../applications/read-answers.ts'
import type { Shell } from '../shell.ts'

/** Reads a key that a mail brought: what is given, or standard input where that is `-`. */
export async function readKey(shell: Shell, { key }: { readonly key: string }): Promise<string> {
  return (key === '-' ? await readInput(shell) : key).trim()
}
