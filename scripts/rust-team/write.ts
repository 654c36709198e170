import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Writes files by path into a new or empty folder; a git repository without files counts as empty. */
export async function writeConfig(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const there = (await readdir(folder)).filter((name) => name !== '.git')
  if (there.length > 0) throw new Error(`Cannot write to "${folder}": it is not empty; name a new or empty folder`)
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
