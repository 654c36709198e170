import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build.mjs'
import { checkMachine, install } from './install.mjs'
import { root } from './lib.mjs'

const patienceMs = 15_000

checkMachine()
await install()
await build()

/** In a process group of its own, so that Ctrl-C reaches it once, through us. */
const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'dev', ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
})
let isStopping = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    setTimeout(() => endGroup(), patienceMs).unref()
  })
}
child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))

function endGroup() {
  console.error(`Guildhall did not stop within ${patienceMs / 1000} s; ending it by force`)
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
