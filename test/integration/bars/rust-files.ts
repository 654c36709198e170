import { fileURLToPath } from 'node:url'
import { readRustData } from '../../../scripts/rust-team/read.ts'
import { rustConfigFiles } from '../../../scripts/rust-team/to-config.ts'

/** The configuration repository made from the Rust teams, by path. */
export async function rustFiles(): Promise<ReadonlyMap<string, string>> {
  return rustConfigFiles(await readRustData(fileURLToPath(new URL('../../data/rust-team', import.meta.url))))
}

/** The files with some of them edited; an edit that changes nothing is a mistake. */
export function edited(
  files: ReadonlyMap<string, string>,
  edits: Readonly<Record<string, (text: string) => string>>,
): ReadonlyMap<string, string> {
  const result = new Map(files)
  for (const [path, edit] of Object.entries(edits)) {
    const before = files.get(path) ?? ''
    const after = edit(before)
    if (after === before) throw new Error(`the edit of ${path} changes nothing`)
    result.set(path, after)
  }
  return result
}

/** Edits the one document of a file that holds the group. */
export function inGroup(name: string, edit: (document: string) => string): (text: string) => string {
  return (text) =>
    text
      .split('---\n')
      .map((document) => (document.includes(`\n  name: ${name}\n`) ? edit(document) : document))
      .join('---\n')
}

/** Takes a group out of a file of groups, or the mention of it out of a file of resources. */
export function withoutGroup(name: string): (text: string) => string {
  return (text) =>
    text
      .split('---\n')
      .filter((document) => !document.includes(`\n  name: ${name}\n`))
      .map((document) => document.replace(new RegExp(`\\n +- ${name}(?=\\n)`), ''))
      .join('---\n')
}
