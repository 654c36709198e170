import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GuildhallError } from '../../../core/errors.ts'
import type { SourceRecord } from '../../source.ts'
import type { Question, Session } from './session.ts'
import type { SqliteAnswer, SqliteRequest } from './sqlite-main.ts'

/** Reads a file below a folder, in a process of its own: SQLite works while its caller waits, and only a process can be stopped at that. */
export function openSqliteProcess(folder: string, file: string, question: Question): Session {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const child = fork(fileURLToPath(new URL(`./sqlite-main.${ending}`, import.meta.url)), [], {
    env: {},
    execArgv: ending === 'ts' ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.on('error', () => undefined)
  return {
    async begin() {
      const path = await pathBelow(folder, file)
      const { query, select } = question
      await ask(child, { kind: 'open', question: { path, query: query.text, select } })
    },
    async check() {
      await ask(child, { kind: 'check' })
    },
    async *rows(): AsyncGenerator<readonly SourceRecord[], void> {
      for (;;) {
        const rows = await ask(child, { kind: 'next' })
        if (rows.length === 0) return
        yield rows
      }
    },
    end: () => Promise.resolve(),
    async destroy() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** The file that a path leads to; a symbolic link may not lead out of the folder. */
async function pathBelow(folder: string, file: string): Promise<string> {
  const found = await Promise.all([realpath(folder), realpath(join(folder, file))]).catch(() => undefined)
  if (found === undefined) throw refused('SOURCE_UNREACHABLE', file, 'there is no such file, or no right to read it')
  const [root, real] = found
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw refused('SOURCE_REFUSED', file, 'a symbolic link leads out of that folder; put the file itself there')
  }
  if ((await stat(real)).isFile()) return real
  throw refused('SOURCE_REFUSED', file, 'it is no regular file')
}

function refused(code: 'SOURCE_REFUSED' | 'SOURCE_UNREACHABLE', file: string, reason: string): GuildhallError {
  return new GuildhallError(code, `Cannot read "${file}" under $GUILDHALL_IN: ${reason}`)
}

async function ask(child: ChildProcess, request: SqliteRequest): Promise<readonly SourceRecord[]> {
  const answer = await new Promise<SqliteAnswer>((resolve, reject) => {
    const ended = (): void => reject(new Error('the process that reads the file has ended'))
    child.once('exit', ended)
    child.once('message', (message: SqliteAnswer) => {
      child.off('exit', ended)
      resolve(message)
    })
    if (child.connected) child.send(request, (error) => (error === null ? undefined : ended()))
    else ended()
  })
  if (answer.kind === 'rows') return answer.rows
  if (answer.kind === 'done') return []
  if (answer.isOurs) throw new GuildhallError('SOURCE_OPTIONS_INVALID', answer.message)
  throw Object.assign(new Error(answer.message), { errcode: answer.errcode })
}
