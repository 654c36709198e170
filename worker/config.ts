import { join, resolve } from 'node:path'
import { crashPoints } from '../activities/crash-point.ts'
import { isAddressOrRange } from '../connectors/https/addresses.ts'
import type { WebhookAddress } from '../connectors/webhook/webhook.ts'
import { GuildhallError } from '../core/errors.ts'
import { readAnnounceAddress } from './announce-address.ts'
import { parseCrash, type CrashPlan, type PlanFile } from './crash.ts'

export type Env = Readonly<Record<string, string | undefined>>

const roles = ['api', 'worker'] as const

type Role = (typeof roles)[number]

/** Everything the process is told from outside, read once. */
export interface WorkerConfig {
  readonly home: string
  /** On a developer's machine servers are started here, folders may be followed as repositories, and polls are quick. */
  readonly isDev: boolean
  readonly roles: readonly Role[]
  readonly instance: string
  readonly namespace: string
  /** Absent: an embedded server. */
  readonly databaseUrl: string | undefined
  readonly temporalAddress: string | undefined
  /** Absent: a repository made from the sample. */
  readonly configRepo: string | undefined
  /** Absent: the branch that the repository's HEAD names. */
  readonly branch: string | undefined
  readonly out: string
  /** Files of sources lie below it. */
  readonly in: string
  readonly secrets: string
  /** Addresses and ranges inside that sources may be read from. */
  readonly allowedPrivate: readonly string[]
  readonly webhookSecret: string | undefined
  /** The socket at which the operator is known without a token. */
  readonly socket: string
  /** The file of the token by which the operator is known from elsewhere. */
  readonly operatorTokenFile: string
  /** Absent: holds are announced to nobody. */
  readonly announceTo: WebhookAddress | undefined
  /** Absent: mail waits, or on a developer's machine becomes files in the home. */
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly pollMs: number
  readonly pollJitterMs: number
  readonly deliveriesAtOnce: number
  readonly logLevel: string
  readonly crash: CrashPlan | PlanFile | undefined
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** Reads the environment into one frozen value; what is wrong is said by name, value and what would be right. */
export function readConfig(env: Env, cwd: string): WorkerConfig {
  const home = resolve(cwd, textOf(env, 'GUILDHALL_HOME') ?? '.guildhall')
  const isDev = choiceOf(env, 'GUILDHALL_MODE', { choices: ['dev', 'production'], usual: 'production' }) === 'dev'
  const pollMs = numberOf(env, 'GUILDHALL_POLL_SECONDS', { usual: isDev ? 2 : 120, least: 1, most: 86_400 }) * 1_000
  return Object.freeze({
    ...{ home, isDev, pollMs, pollJitterMs: isDev ? 0 : pollMs / 2 },
    roles: rolesOf(env),
    instance: nameOf(env, 'GUILDHALL_INSTANCE', 'guildhall'),
    namespace: nameOf(env, 'TEMPORAL_NAMESPACE', 'default'),
    databaseUrl: textOf(env, 'DATABASE_URL'),
    temporalAddress: textOf(env, 'TEMPORAL_ADDRESS'),
    configRepo: textOf(env, 'GUILDHALL_CONFIG'),
    branch: textOf(env, 'GUILDHALL_BRANCH'),
    out: resolve(cwd, textOf(env, 'GUILDHALL_OUT') ?? join(home, 'out')),
    in: resolve(cwd, textOf(env, 'GUILDHALL_IN') ?? join(home, 'in')),
    secrets: resolve(cwd, textOf(env, 'GUILDHALL_SECRETS') ?? join(home, 'secrets')),
    allowedPrivate: allowedOf(env),
    webhookSecret: textOf(env, 'GUILDHALL_WEBHOOK_SECRET'),
    ...operatorOf(env, { cwd, home }),
    announceTo: readAnnounceAddress({
      url: textOf(env, 'GUILDHALL_ANNOUNCE_URL'),
      secret: textOf(env, 'GUILDHALL_ANNOUNCE_SECRET'),
      isDev,
    }),
    smtpUrl: smtpOf(env),
    mailFrom: fromOf(env),
    host: textOf(env, 'GUILDHALL_HOST') ?? '127.0.0.1',
    port: numberOf(env, 'GUILDHALL_PORT', { usual: 0, least: 0, most: 65_535 }),
    deliveriesAtOnce: numberOf(env, 'GUILDHALL_DELIVERIES', { usual: 50, least: 1, most: 1_000 }),
    logLevel: choiceOf(env, 'GUILDHALL_LOG_LEVEL', { choices: logLevels, usual: isDev ? 'warn' : 'info' }),
    crash: isDev ? crashOf(env) : undefined,
  })
}

function operatorOf(
  env: Env,
  { cwd, home }: { readonly cwd: string; readonly home: string },
): Pick<WorkerConfig, 'operatorTokenFile' | 'socket'> {
  return {
    socket: resolve(cwd, textOf(env, 'GUILDHALL_SOCKET') ?? join(home, 'api.sock')),
    operatorTokenFile: resolve(cwd, textOf(env, 'GUILDHALL_OPERATOR_TOKEN_FILE') ?? join(home, 'operator-token')),
  }
}

/** The home where commands have to be told of it: one they would not look in by themselves. */
export function homeToName({ home }: Pick<WorkerConfig, 'home'>, cwd = process.cwd()): { readonly home?: string } {
  return home === resolve(cwd, '.guildhall') ? {} : { home }
}

function textOf(env: Env, name: string): string | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : value
}

function nameOf(env: Env, name: string, usual: string): string {
  const value = textOf(env, name) ?? usual
  if (/^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/.test(value)) return value
  throw refused(env, name, 'a name of letters, digits, ".", "_" and "-"')
}

interface Choices<T extends string> {
  readonly choices: readonly T[]
  readonly usual: T
}

function choiceOf<T extends string>(env: Env, name: string, { choices, usual }: Choices<T>): T {
  const value = textOf(env, name)
  const chosen = value === undefined ? usual : choices.find((choice) => choice === value)
  if (chosen !== undefined) return chosen
  throw refused(env, name, `one of ${choices.join(', ')}`)
}

interface Range {
  readonly usual: number
  readonly least: number
  readonly most: number
}

function numberOf(env: Env, name: string, { usual, least, most }: Range): number {
  const text = textOf(env, name)
  if (text === undefined) return usual
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw refused(env, name, `a whole number from ${least} to ${most}`)
}

function rolesOf(env: Env): readonly Role[] {
  const asked = (textOf(env, 'GUILDHALL_ROLES') ?? roles.join(',')).split(',').map((role) => role.trim())
  const known = roles.filter((role) => asked.includes(role))
  if (known.length === new Set(asked).size) return known
  throw refused(env, 'GUILDHALL_ROLES', `a list of ${roles.join(', ')}`)
}

function allowedOf(env: Env): readonly string[] {
  const text = textOf(env, 'GUILDHALL_ALLOW_PRIVATE')
  const allowed = text === undefined ? [] : text.split(',').map((each) => each.trim())
  if (allowed.every(isAddressOrRange)) return allowed
  throw refused(env, 'GUILDHALL_ALLOW_PRIVATE', 'addresses and ranges such as 10.1.2.3,10.8.0.0/16')
}

function crashOf(env: Env): CrashPlan | PlanFile | undefined {
  const text = textOf(env, 'GUILDHALL_CRASH_AT')
  if (text === undefined) return undefined
  const crash = parseCrash(text)
  if (crash !== undefined) return crash
  throw refused(env, 'GUILDHALL_CRASH_AT', `the path of a file, or point[:n] with one of ${crashPoints.join(', ')}`)
}

function smtpOf(env: Env): string | undefined {
  const text = textOf(env, 'GUILDHALL_SMTP_URL')
  if (text === undefined || (/^smtps?:\/\/./.test(text) && URL.canParse(text))) return text
  // It may hold a password, so it is not shown.
  throw new GuildhallError(
    'ENVIRONMENT_INVALID',
    'Cannot start with this GUILDHALL_SMTP_URL: expected smtp://user:password@host:port, or smtps://…',
    { facts: { variable: 'GUILDHALL_SMTP_URL' } },
  )
}

function fromOf(env: Env): string {
  const text = textOf(env, 'GUILDHALL_MAIL_FROM') ?? 'Guildhall <guildhall@localhost>'
  if (/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/.test(text)) return text
  throw refused(env, 'GUILDHALL_MAIL_FROM', 'an address such as Guildhall <guildhall@example.org>')
}

function refused(env: Env, name: string, expected: string): GuildhallError {
  return new GuildhallError(
    'ENVIRONMENT_INVALID',
    `Cannot start with ${name}=${JSON.stringify(env[name])}: expected ${expected}`,
    { facts: { variable: name } },
  )
}
