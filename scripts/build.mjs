import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { filesBelow, giveUp, hashOf, root, run } from './lib.mjs'

const sourceFolders = ['activities', 'api', 'cli', 'connectors', 'core', 'schemas', 'store', 'worker', 'workflows']
const assetFolders = [...sourceFolders, 'config-repo']
const dist = join(root, 'dist')
const stamp = join(dist, '.sources')

/** Compiles into dist/ when a source has changed since the last build. */
export async function build() {
  const sources = [
    ...assetFolders.flatMap(filesIn),
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
  ]
  const hash = hashOf(sources)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return linkCommand()
  console.log('Building …')
  rmSync(stamp, { force: true })
  await compile()
  copyAssets()
  removeStale(new Set(sources))
  await bundleWorkflows()
  linkCommand()
  writeFileSync(stamp, hash)
}

function filesIn(folder) {
  return existsSync(join(root, folder)) ? filesBelow(folder) : []
}

async function compile() {
  const { code } = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
  if (code !== 0) giveUp('The build failed; the compiler has said why above')
}

/** SQL, JSON Schemas, scripts: whatever lies beside the sources lies beside the build. */
function copyAssets() {
  for (const file of assetFolders.flatMap(filesIn).filter((path) => !path.endsWith('.ts'))) {
    mkdirSync(dirname(join(dist, file)), { recursive: true })
    copyFileSync(join(root, file), join(dist, file))
  }
}

/** Beside the sources' own: what the bundler makes, and what the compiler notes of its last run, which holds for this dist alone. */
const made = new Set(['dist/workflows/bundle.js', 'dist/.tsbuildinfo'])

/** What a deleted or renamed source left behind. */
function removeStale(sources) {
  for (const file of filesIn('dist')) {
    const source = file.slice('dist/'.length).replace(/\.js(\.map)?$/, '.ts')
    const isOurs = sources.has(source) || sources.has(file.slice('dist/'.length)) || made.has(file)
    if (!isOurs) rmSync(join(root, file))
  }
}

/** The bundler refuses Node's own modules: a workflow that needs one could not be replayed. */
async function bundleWorkflows() {
  const workflowsPath = join(dist, 'workflows', 'index.js')
  if (!existsSync(workflowsPath)) return
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker')
  try {
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
    writeFileSync(join(dist, 'workflows', 'bundle.js'), code)
  } catch (error) {
    giveUp(`The workflows could not be bundled: ${error.message}`)
  }
}

/** Makes `npx --no-install guildhall` work in the clone. */
function linkCommand() {
  const main = join(dist, 'cli', 'main.js')
  if (!existsSync(main)) return
  chmodSync(main, 0o755)
  const link = join(root, 'node_modules', '.bin', 'guildhall')
  if (existsSync(link)) return
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(join('..', '..', basename(dist), 'cli', 'main.js'), link)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build()
