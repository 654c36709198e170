import type { JsonObject } from '../../core/model/json.ts'
import { readAuthorities, secretNameOf } from '../source-options.ts'
import type { Authorization } from './authorization.ts'
import type { HttpsLimits } from './body.ts'
import type { FindAddresses, Trust } from './connection.ts'
import { invalidOption } from './failures.ts'
import type { Direction } from './failures.ts'

/** How a server is reached. */
export interface HttpsSettings extends Trust {
  /** Addresses and ranges inside that may be asked all the same. */
  readonly allowedPrivate: readonly string[]
  readonly authorization?: Authorization | undefined
  readonly limits?: Partial<HttpsLimits>
  readonly findAddresses?: FindAddresses
}

/** What the settings are looked up in. */
export interface SettingsEnvironment {
  readonly allowedPrivate: readonly string[]
  /** The bytes of a file of the configuration repository. */
  configFile(path: string): Promise<Uint8Array>
  secret(name: string): Promise<string>
}

/**
 * Reads the options that all who ask over https share: `token`, or `user` and `password`, `ca` (a file of the configuration repository)
 * and `clientCertificate` (a secret with the PEM of a certificate and of its key).
 */
export async function readSettings(
  direction: Direction,
  options: JsonObject,
  environment: SettingsEnvironment,
): Promise<HttpsSettings> {
  const asked: Asked = { direction, options, environment }
  const own = await readSecret(asked, 'clientCertificate')
  return {
    allowedPrivate: environment.allowedPrivate,
    authorization: await authorizationOf(asked),
    ca: await authorityOf(asked),
    clientCertificate: own === undefined ? undefined : { certificate: own, key: own },
  }
}

interface Asked {
  readonly direction: Direction
  readonly options: JsonObject
  readonly environment: SettingsEnvironment
}

async function authorizationOf(asked: Asked): Promise<Authorization | undefined> {
  const token = await readSecret(asked, 'token')
  if (token !== undefined) return { kind: 'bearer', token }
  const password = await readSecret(asked, 'password')
  const { user } = asked.options
  if (password === undefined) return undefined
  if (typeof user !== 'string') throw invalidOption(asked.direction, 'user', 'the name that belongs to the password')
  return { kind: 'basic', user, password }
}

async function authorityOf({ direction, options, environment }: Asked): Promise<string | undefined> {
  const { ca } = options
  if (typeof ca !== 'string') return undefined
  return readAuthorities(ca, environment, (wanted) => invalidOption(direction, 'ca', wanted))
}

async function readSecret({ direction, options, environment }: Asked, option: string): Promise<string | undefined> {
  const value = options[option]
  if (value === undefined) return undefined
  const name = secretNameOf(value)
  if (name === undefined) throw invalidOption(direction, option, '{secret: name}')
  return environment.secret(name)
}
