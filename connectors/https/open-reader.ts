import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { readAuthorities, secretNameOf } from '../source-options.ts'
import type { SourceEnvironment } from '../source.ts'
import type { Authorization } from './authorization.ts'
import { createHttpsReader } from './reader.ts'
import type { HttpsReader, HttpsSettings } from './reader.ts'

/** Opens a reader by the options that sources asked over https share. */
export async function openReader(options: JsonObject, environment: SourceEnvironment): Promise<HttpsReader> {
  return createHttpsReader(await readSettings(options, environment))
}

/**
 * Reads the options that sources asked over https share: `token`, or `user` and `password`, `ca` (a file of the configuration repository)
 * and `clientCertificate` (a secret with the PEM of a certificate and of its key).
 */
export async function readSettings(options: JsonObject, environment: SourceEnvironment): Promise<HttpsSettings> {
  const own = await secretOf('clientCertificate', options, environment)
  return {
    allowedPrivate: environment.allowedPrivate,
    authorization: await authorizationOf(options, environment),
    ca: await authorityOf(options, environment),
    clientCertificate: own === undefined ? undefined : { certificate: own, key: own },
  }
}

/** Joins the `url` of the options and a path and query below it; the path is taken as it is, encoded. */
export function urlBelow(options: JsonObject, path: string, query: Readonly<Record<string, string>> = {}): string {
  const { url } = options
  if (typeof url !== 'string' || !URL.canParse(url))
    throw invalid('url', 'an address such as "https://people.example.org"')
  const whole = new URL(url)
  whole.pathname = `${whole.pathname.replace(/\/+$/, '')}${path}`
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value)
  return whole.href
}

async function authorizationOf(
  options: JsonObject,
  environment: SourceEnvironment,
): Promise<Authorization | undefined> {
  const token = await secretOf('token', options, environment)
  if (token !== undefined) return { kind: 'bearer', token }
  const password = await secretOf('password', options, environment)
  const { user } = options
  if (password === undefined) return undefined
  if (typeof user !== 'string') throw invalid('user', 'the name that belongs to the password')
  return { kind: 'basic', user, password }
}

async function authorityOf({ ca }: JsonObject, environment: SourceEnvironment): Promise<string | undefined> {
  return typeof ca === 'string' ? readAuthorities(ca, environment, (wanted) => invalid('ca', wanted)) : undefined
}

async function secretOf(
  option: string,
  options: JsonObject,
  environment: SourceEnvironment,
): Promise<string | undefined> {
  const value = options[option]
  if (value === undefined) return undefined
  const name = secretNameOf(value)
  if (name === undefined) throw invalid(option, '{secret: name}')
  return environment.secret(name)
}

function invalid(option: string, wanted: string): GuildhallError {
  return new GuildhallError('SOURCE_OPTIONS_INVALID', `Cannot use this source: its ${option} must be ${wanted}`, {
    facts: { option },
  })
}
