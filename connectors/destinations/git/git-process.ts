import { spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { gitSettings } from '../../git/variables.ts'

/** In bytes; the list of a hundred thousand files has a tenth of it. */
const longestOutput = 256 * 1024 * 1024
const longestComplaint = 64 * 1024

/** Where git runs: a bare repository, and what the process is told. */
export interface GitPlace {
  readonly folder: string
  readonly variables: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** How git ended, and what it said. */
export interface GitAnswer {
  readonly exitCode: number
  readonly output: string
  readonly complaint: string
}

/** Runs git in a bare repository with our settings; an aborted one is ended with everything it started. */
export async function runGit(
  { folder, variables, signal }: GitPlace,
  words: readonly string[],
  input: AsyncIterable<Uint8Array> = nothing(),
): Promise<GitAnswer> {
  signal.throwIfAborted()
  const all = [...gitSettings.flatMap((setting) => ['-c', setting]), '--git-dir=.', ...words]
  const child = spawn('git', all, { cwd: folder, env: { ...variables }, stdio: 'pipe', detached: true })
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const ended = once(child, 'close')
  ended.catch(() => undefined)
  const listener = addAbortListener(signal, end)
  const output = gather(child.stdout, longestOutput)
  const complaint = gather(child.stderr, longestComplaint)
  try {
    const failure = await feed(child.stdin, input)
    if (failure !== undefined) end()
    await ended
    signal.throwIfAborted()
    if (failure !== undefined) throw failure.cause
    return { exitCode: child.exitCode ?? -1, output: output(), complaint: complaint() }
  } finally {
    listener[Symbol.dispose]()
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* []
}

/** What goes wrong while the input is made; that git reads no further is told by how it ends. */
async function feed(
  stdin: NodeJS.WritableStream,
  input: AsyncIterable<Uint8Array>,
): Promise<{ readonly cause: unknown } | undefined> {
  let failure: { readonly cause: unknown } | undefined
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* input
    } catch (cause) {
      failure = { cause }
      throw cause
    }
  }
  await pipeline(watched, stdin).catch(() => undefined)
  return failure
}

function gather(stream: NodeJS.ReadableStream, longest: number): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= longest) chunks.push(chunk)
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
