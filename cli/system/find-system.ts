import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'

/** Where the parts of a running system are. */
export interface System {
  /** What it was found by, for messages: a file or a variable. */
  readonly foundBy: string
  readonly database?: string
  readonly temporal?: string
  readonly temporalUi?: string
  readonly api?: string
  readonly configRepo?: string
  /** The bare copy of the configuration repository that a worker keeps in the home. */
  readonly mirror?: string
  readonly namespace: string
  readonly instance: string
}

const remedy = 'start it with `npm start`, or name the home of a running one with `--home DIR`'

/** The folder a system keeps its files in. */
export function homeOf(shell: Shell, options: CommonOptions): string {
  const { GUILDHALL_HOME: named = '' } = shell.env
  return resolve(shell.cwd, options.home ?? (named === '' ? '.guildhall' : named))
}

/** Finds the running system by the home's endpoints.json, else by DATABASE_URL and TEMPORAL_ADDRESS. */
export function findSystem(shell: Shell, options: CommonOptions): System {
  const home = homeOf(shell, options)
  const system = readEndpoints(shell, home) ?? fromEnvironment(shell)
  if (system !== undefined) return system
  throw new GuildhallError(
    'STATE_UNREACHABLE',
    `Cannot find a running system: "${home}" has no endpoints.json, and DATABASE_URL is not set; ${remedy}`,
    { facts: { home } },
  )
}

/** The error for a part that does not answer. */
export function unreachable(part: string, system: System, cause: unknown): GuildhallError {
  const why = reasonOf(cause)
  return new GuildhallError('STATE_UNREACHABLE', `Cannot reach ${part} named by ${system.foundBy}: ${why}; ${remedy}`, {
    facts: { part, foundBy: system.foundBy },
    cause,
  })
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  if (!(cause instanceof Error)) return String(cause)
  const inner = cause.message === '' && cause.cause !== undefined ? reasonOf(cause.cause) : cause.message
  return inner.split('\n')[0] ?? ''
}

function readEndpoints(shell: Shell, home: string): System | undefined {
  const file = join(home, 'endpoints.json')
  if (!existsSync(file)) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GuildhallError(
      'STATE_UNREACHABLE',
      `Cannot read "${file}"; if the home belongs to another user, name one of your own with \`--home DIR\``,
      { facts: { file }, cause },
    )
  }
  const endpoints = parseObject(text)
  if (endpoints === undefined) {
    throw new GuildhallError('STATE_UNREACHABLE', `Cannot read "${file}": it is no JSON object; ${remedy}`, {
      facts: { file },
    })
  }
  return {
    foundBy: file,
    mirror: join(home, 'mirror.git'),
    ...texts(endpoints, ['database', 'temporal', 'temporalUi', 'api', 'configRepo']),
    ...names(shell, endpoints),
  }
}

function fromEnvironment(shell: Shell): System | undefined {
  const database = shell.env['DATABASE_URL']
  if (database === undefined || database === '') return undefined
  const temporal = shell.env['TEMPORAL_ADDRESS']
  return { foundBy: 'DATABASE_URL', database, ...(temporal && { temporal }), ...names(shell, {}) }
}

function names(shell: Shell, endpoints: Readonly<Record<string, unknown>>): Pick<System, 'namespace' | 'instance'> {
  const { namespace, instance } = texts(endpoints, ['namespace', 'instance'])
  return {
    namespace: namespace ?? shell.env['TEMPORAL_NAMESPACE'] ?? 'default',
    instance: instance ?? shell.env['GUILDHALL_INSTANCE'] ?? 'guildhall',
  }
}

function texts<K extends string>(
  from: Readonly<Record<string, unknown>>,
  keys: readonly K[],
): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {}
  for (const key of keys) {
    const value = from[key]
    if (typeof value === 'string' && value !== '') found[key] = value
  }
  return found
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}
