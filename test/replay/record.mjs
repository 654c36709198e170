/**
 * Records histories of the scenarios in test/integration/workflows that have none for this release yet:
 * `node test/replay/record.mjs 0.2.0`. What is recorded already is never overwritten.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const [release] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+$/.test(release ?? '')) {
  console.error('Usage: node test/replay/record.mjs RELEASE, such as 0.2.0')
  process.exit(1)
}
const jest = createRequire(import.meta.url).resolve('jest/bin/jest.js')
const words = ['--experimental-vm-modules', jest, 'test/integration/workflows', '--selectProjects', 'integration']
const env = { ...process.env, GUILDHALL_RECORD: release }
process.exit(spawnSync(process.execPath, words, { stdio: 'inherit', env }).status ?? 1)
