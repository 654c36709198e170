import { fileURLToPath } from 'node:url'
import { readRustData } from './rust-team/read.ts'
import { rustConfigFiles } from './rust-team/to-config.ts'
import { writeConfig } from './rust-team/write.ts'

const usage = 'npx tsx scripts/import-rust-team.ts FOLDER [DATA]'

/** Writes the Rust project's teams as a configuration repository. */
async function main([folder, data]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error(`Cannot write without a folder: ${usage}`)
  const files = rustConfigFiles(
    await readRustData(data ?? fileURLToPath(new URL('../test/data/rust-team', import.meta.url))),
  )
  await writeConfig(folder, files)
  console.log(`Wrote ${files.size} files to ${folder}`)
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
