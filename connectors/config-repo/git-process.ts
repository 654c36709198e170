import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { simpleGit } from 'simple-git'
import { GuildhallError } from '../../core/errors.ts'
import { gitSettings } from '../git/variables.ts'

export { gitVariables, type GitEnvironment } from '../git/variables.ts'

/** Where git runs: a bare repository, and what the process is told. */
export interface GitPlace {
  readonly folder: string
  readonly variables: Readonly<Record<string, string>>
}

/** One call of git. */
export interface GitCall {
  readonly words: readonly string[]
  /** Ends git when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** The exit codes that are an answer; any other end of the process is an error. */
  readonly answers?: readonly number[]
}

/** How git ended, and what it said. */
export interface GitAnswer {
  readonly exitCode: number
  readonly output: string
}

/** Runs git in a bare repository with our settings; what simple-git calls unsafe is what is fixed here. */
export async function runGit(
  { folder, variables }: GitPlace,
  { words, signal, answers = [0] }: GitCall,
): Promise<GitAnswer> {
  let exitCode = -1
  const git = simpleGit({
    baseDir: folder,
    config: [...gitSettings],
    timeout: { block: 60_000 },
    ...(signal === undefined ? {} : { abort: signal }),
    // Left to itself, simple-git takes a failure that says nothing, such as the end by a signal, for success.
    errors: (error, result) => {
      exitCode = result.exitCode
      return error ?? (answers.includes(exitCode) ? undefined : new Error(`git ended with ${exitCode}`))
    },
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeHooksPath: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeSshCommand: true,
      allowUnsafeTemplateDir: true,
    },
    allowEnvironment: Object.keys(variables),
  }).env({ ...variables })
  const output = await git.raw([...words])
  return { exitCode, output }
}

/** Reads what git prints, parts ended by NUL, and stops it after so many: undefined where there were more. */
export async function readParts(
  { folder, variables }: GitPlace,
  { words, most }: { readonly words: readonly string[]; readonly most: number },
): Promise<readonly string[] | undefined> {
  const child = spawn('git', ['--git-dir=.', ...words], { cwd: folder, env: { ...variables }, stdio: 'pipe' })
  child.stdin.end()
  const ended = once(child, 'close')
  const said = text(child.stderr)
  child.stdout.setEncoding('utf8')
  const parts: string[] = []
  let open = ''
  for await (const piece of child.stdout) {
    const [first = '', ...others] = String(piece).split('\0')
    open += first
    for (const other of others) {
      parts.push(open)
      open = other
    }
    if (parts.length > most) {
      child.kill('SIGKILL')
      return undefined
    }
  }
  await ended
  if (child.exitCode !== 0) throw new Error((await said) || `git ended with ${String(child.exitCode)}`)
  return parts
}

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

/** Reads blobs, one process for all of them. */
export interface BlobReader {
  read(blob: string): Promise<Uint8Array>
  close(): Promise<void>
}

/** Starts `git cat-file --batch` in a bare repository. */
export function openBlobs(folder: string, variables: Readonly<Record<string, string>>): BlobReader {
  const child = spawn('git', ['--git-dir=.', 'cat-file', '--batch'], {
    cwd: folder,
    env: { ...variables },
    stdio: 'pipe',
  })
  const waiting: Waiting[] = []
  const ended = once(child, 'close')
  listen(child, waiting)
  return {
    async read(blob) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${blob}\n`)
      })
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

function listen(child: ChildProcessWithoutNullStreams, waiting: Waiting[]): void {
  let held: Buffer = Buffer.alloc(0)
  const failAll = (cause: unknown): void => {
    for (const { reject } of waiting.splice(0)) {
      reject(new GuildhallError('CONFIG_UNREADABLE', 'Cannot read files of the commit: git ended early', { cause }))
    }
  }
  child.stdout.on('data', (piece: Buffer) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    for (let answer = nextAnswer(held); answer !== undefined; answer = nextAnswer(held)) {
      held = held.subarray(answer.end)
      const { bytes } = answer
      const asked = waiting.shift()
      if (bytes === undefined)
        asked?.reject(new GuildhallError('CONFIG_UNREADABLE', 'Cannot read a file of the commit: git does not have it'))
      else asked?.resolve(bytes)
    }
  })
  child.on('error', failAll)
  child.stdin.on('error', failAll)
  child.on('close', () => failAll(undefined))
}

/** `<id> blob <size>`, line break, bytes, line break; or `<id> missing`. */
function nextAnswer(held: Buffer): { readonly bytes: Uint8Array | undefined; readonly end: number } | undefined {
  const lineEnd = held.indexOf(10)
  if (lineEnd === -1) return undefined
  const size = /^[0-9a-f]+ blob ([0-9]+)$/.exec(held.toString('latin1', 0, lineEnd))?.[1]
  if (size === undefined) return { bytes: undefined, end: lineEnd + 1 }
  const start = lineEnd + 1
  const end = start + Number(size)
  if (held.length < end + 1) return undefined
  return { bytes: Uint8Array.prototype.slice.call(held, start, end), end: end + 1 }
}
