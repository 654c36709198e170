import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'

const hostPattern = /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)$/
const userPattern = /^[a-z_][a-z0-9._-]{0,31}$/
const secretPattern = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/
const fingerprintPattern = /^SHA256:[A-Za-z0-9+/]{43}$/

/** Where an ssh destination is and how it is known. */
export interface SshOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Name of the secret that holds the private key. */
  readonly keySecret: string
  readonly hostKey: string
}

/** Checks the options once more, strictly: they reach a network and a login. */
export function readOptions(options: JsonObject): SshOptions {
  const port = options['port'] ?? 22
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535)
    throw invalid('port', port, 'a number such as 22')
  return {
    port,
    host: matching('host', options['host'], {
      pattern: hostPattern,
      example: 'a host name such as "login1.example.org"',
    }),
    user: matching('user', options['user'], { pattern: userPattern, example: 'an account name such as "guildhall"' }),
    keySecret: matching('key', secretName(options['key']), { pattern: secretPattern, example: '{secret: name}' }),
    hostKey: matching('hostKey', options['hostKey'], {
      pattern: fingerprintPattern,
      example: '"SHA256:" and 43 characters, as ssh-keygen -l prints',
    }),
  }
}

function secretName(key: JsonValue | undefined): JsonValue | undefined {
  if (typeof key !== 'object' || key === null || !('secret' in key)) return undefined
  return key.secret
}

function matching(
  name: string,
  value: JsonValue | undefined,
  { pattern, example }: { pattern: RegExp; example: string },
): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw invalid(name, name === 'key' ? undefined : value, example)
}

function invalid(option: string, value: JsonValue | undefined, example: string): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return new GuildhallError(
    'DESTINATION_OPTIONS_INVALID',
    `Cannot use an ssh destination with ${option}${shown}: it must be ${example}`,
    {
      facts: { option },
    },
  )
}
