import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { spawn } from 'node:child_process'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { checkMachine, install } from './install.mjs'
import { root, run } from './lib.mjs'

const patterns = process.argv.slice(2)
const report = join(root, 'node_modules', '.cache', `test-report-${process.pid}.json`)
const skipFails = process.env.CI === 'true' || process.env.GUILDHALL_REQUIRE_SERVERS === '1'

checkMachine()
await install()
await build()
const checks = patterns.length === 0 ? await check() : { passed: 0, failed: 0 }
const tests = await runTests()
const skips = skipFails ? tests.skipped.filter((name) => needed(name) !== undefined).length : 0
const passed = checks.passed + tests.passed
const failed = checks.failed + tests.failed + skips
console.log('')
if (tests.skipped.length > 0) {
  console.log(
    `${tests.skipped.length} skipped: ${summaryOf(tests.skipped)} (install with scripts/install-test-servers.sh)`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** The server a skipped test waits for; it says so in its name, `… (needs sshd …)`. */
function needed(name) {
  return /\bneeds ([\w.-]+)/.exec(name)?.[1]
}

/** Servers with the number of their tests; a test that is skipped for another reason by its own name. */
function summaryOf(skipped) {
  const labels = skipped.map((name) => needed(name) ?? name)
  return [...new Set(labels)]
    .map((label) => `${label} (${labels.filter((other) => other === label).length})`)
    .join(', ')
}

/** Jest's own words go to the terminal, its counts come from its report. */
async function runTests() {
  mkdirSync(dirname(report), { recursive: true })
  const args = [
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    '--testLocationInResults',
    ...patterns,
  ]
  const options =
    `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim()
  const { code } = await runJest(args, options)
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [] }
  const counts = countsOf(JSON.parse(readFileSync(report, 'utf8')))
  rmSync(report)
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

/** With --json, Jest writes its report to standard output as well, where nobody wants to read it. */
async function runJest(args, options) {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: options }
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env })
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
    child.once('close', (code) => resolve({ code: code ?? 1 }))
  })
}

/** A file that could not be run counts as one failed test. */
function countsOf(result) {
  const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  for (const file of broken) console.log(`✗ ${relative(root, file.name)} could not be run`)
  const skipped = result.testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => fullName)
  return { passed: result.numPassedTests, failed: result.numFailedTests + broken.length, skipped: skipped.sort() }
}
