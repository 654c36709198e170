import { readdir, readFile } from 'node:fs/promises'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The files of a folder by path, those that begin with a dot too. */
export async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const texts = await Promise.all(paths.sort().map((path) => readFile(path, 'utf8')))
  return Object.fromEntries(texts.map((text, index) => [relative(folder, paths[index] ?? ''), text]))
}

/** A report and what was written, as one text that was read and found good. */
export function golden(name: string, report: string, files: Readonly<Record<string, string>>): string[] {
  const text = [report, ...Object.entries(files).map(([path, content]) => `==> ${path} <==\n${content}`)].join('\n')
  const file = new URL(`golden/${name}.txt`, import.meta.url)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  return [text, readFileSync(file, 'utf8')]
}
