/** A process that runs one sync of a VO from its source, as the worker does, and says what it came to and took. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { filesOf } from '../../../activities/sync-source.ts'
import { prepareRun } from '../../../activities/sync.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { inTransaction, openPool, readSync, syncMembers } from '../../../store/index.ts'

const [, , url = '', vo = '', password = ''] = process.argv
const pool = openPool(url)
const place = { source: vo, vo }
const sync = await readSync(pool, place)
if (sync === undefined) throw new Error(`no document asks for ${vo}`)
const dependencies = {
  sourceTypes,
  environment: { in: '/nonexistent', allowedPrivate: [] },
  secret: async () => password,
  readFile: async () => Promise.reject(new Error('no file is read')),
  compileSchema: compileCheck,
  reached: () => undefined,
}
// What is held is told from what is not collected yet, of which V8 lets the more lie about the longer a process runs.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
let pages = 0
let mostMemory = 0
function weigh(): void {
  pages += 1
  if (pages % 5 !== 1) return
  collect()
  mostMemory = Math.max(mostMemory, process.memoryUsage.rss())
}
const attempt = { signal: new AbortController().signal, report: weigh }
const files = filesOf(dependencies, sync.commit)
const input = prepareRun(dependencies, { sync, now: new Date('2026-06-01T12:00:00Z'), files, attempt })
const before = performance.now()
const result = await inTransaction(pool, async (tx) => syncMembers(tx, input))
const tookMs = Math.round(performance.now() - before)
await pool.end()
process.send?.({ result, tookMs, mostMemory })
