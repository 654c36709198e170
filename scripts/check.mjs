import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { filesBelow, hashOf, root, run } from './lib.mjs'

const folders = ['activities', 'api', 'cli', 'connectors', 'core', 'schemas', 'store', 'test', 'worker', 'workflows']

/** Everything that is judged without running the program, each with the command that says more. */
const checks = [
  { name: 'generated files unchanged', judge: generatedUnchanged },
  { name: 'format', judge: () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']) },
  { name: 'lint', judge: () => tool('eslint/bin/eslint.js', ['--max-warnings=0', '.']) },
  { name: 'types', judge: () => tool('typescript/bin/tsc', ['--noEmit']) },
  {
    name: 'boundaries',
    judge: () =>
      tool('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.cjs', ...present()]),
  },
  { name: 'dead code', judge: () => tool('knip/bin/knip.js', ['--no-progress']) },
]

/** Runs every check, also after one has failed; tells how many passed. */
export async function check() {
  let passed = 0
  for (const { name, judge } of checks) {
    const started = performance.now()
    const { code, output } = await judge()
    console.log(`${code === 0 ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    if (code === 0) passed += 1
    if (code !== 0) console.log(output.trimEnd())
  }
  return { passed, failed: checks.length - passed }
}

/** Runs the generators and compares: what is checked in must be what they make. */
async function generatedUnchanged() {
  const before = hashOf(sources())
  const failure = await generate()
  if (failure !== undefined) return failure
  if (hashOf(sources()) === before) return { code: 0, output: '' }
  return {
    code: 1,
    output: 'Generated files were out of date and have been made anew; look at `git diff` and commit them',
  }
}

/** Runs every generator, scripts/generate*.ts; the failure of the first that fails. */
export async function generate() {
  const generators = readdirSync(join(root, 'scripts'))
    .filter((name) => /^generate.*\.ts$/.test(name))
    .sort()
  for (const generator of generators) {
    const result = await tool('tsx/dist/cli.mjs', [join('scripts', generator)])
    if (result.code !== 0) return result
  }
  return undefined
}

function sources() {
  return [...new Set(['docs', ...present()])].filter((folder) => existsSync(join(root, folder))).flatMap(filesBelow)
}

function present() {
  return folders.filter((folder) => existsSync(join(root, folder)))
}

function tool(path, args) {
  return run(process.execPath, [join('node_modules', path), ...args], { quiet: true })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { failed } = await check()
  process.exitCode = failed === 0 ? 0 : 1
}
