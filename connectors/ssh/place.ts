import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'

const hostPattern = /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)$/
const userPattern = /^[a-z_][a-z0-9._-]{0,31}$/
const secretPattern = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/
const fingerprintPattern = /^SHA256:[A-Za-z0-9+/]{43}$/

/** An account on a host, and how both know each other. */
export interface SshPlace {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Name of the secret that holds the private key. */
  readonly keySecret: string
  /** Fingerprint of the host's key, as ssh-keygen -l prints it. */
  readonly hostKey: string
}

/** Checks the options of a destination type once more, strictly: they reach a network and a login. */
export function readPlace(type: string, options: JsonObject): SshPlace {
  const port = options['port'] ?? 22
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535)
    throw invalidOption(type, { option: 'port', value: port, example: 'a number such as 22' })
  return {
    port,
    host: matching(type, 'host', {
      value: options['host'],
      pattern: hostPattern,
      example: 'a host name such as "login1.example.org"',
    }),
    user: matching(type, 'user', {
      value: options['user'],
      pattern: userPattern,
      example: 'an account name such as "guildhall"',
    }),
    keySecret: readSecretName(type, 'key', options['key']),
    hostKey: readHostKey(type, options['hostKey']),
  }
}

/** The name in `{secret: name}`. */
export function readSecretName(type: string, option: string, value: JsonValue | undefined): string {
  const name = typeof value === 'object' && value !== null && 'secret' in value ? value.secret : undefined
  if (typeof name === 'string' && secretPattern.test(name)) return name
  throw invalidOption(type, { option, value: undefined, example: '{secret: name}' })
}

/** The fingerprint that a host's key must have. */
export function readHostKey(type: string, value: JsonValue | undefined): string {
  return matching(type, 'hostKey', {
    value,
    pattern: fingerprintPattern,
    example: '"SHA256:" and 43 characters, as ssh-keygen -l prints',
  })
}

/** An error that names the option, what it is unless that may be a secret, and what it has to be. */
export function invalidOption(
  type: string,
  { option, value, example }: { option: string; value: JsonValue | undefined; example: string },
): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return new GuildhallError(
    'DESTINATION_OPTIONS_INVALID',
    `Cannot use a destination of type "${type}" with ${option}${shown}: it must be ${example}`,
    { facts: { option } },
  )
}

function matching(
  type: string,
  option: string,
  { value, pattern, example }: { value: JsonValue | undefined; pattern: RegExp; example: string },
): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw invalidOption(type, { option, value, example })
}
