import { hostOf, isLoopback } from '../api/loopback.ts'
import type { WebhookAddress } from '../connectors/webhook/webhook.ts'
import { GuildhallError } from '../core/errors.ts'

interface Told {
  readonly url: string | undefined
  readonly secret: string | undefined
  /** On a developer's machine a receiver beside us needs no certificate. */
  readonly isDev: boolean
}

/** Reads where holds are announced. What is wrong is said without the address: many carry a key in their path. */
export function readAnnounceAddress({ url, secret, isDev }: Told): WebhookAddress | undefined {
  if (url === undefined) return undefined
  if (!isAllowed(url, isDev)) {
    throw refused(
      'GUILDHALL_ANNOUNCE_URL',
      'an https address without user and password; http is for addresses of this machine with GUILDHALL_MODE=dev',
    )
  }
  if (secret === undefined)
    throw refused('GUILDHALL_ANNOUNCE_SECRET', 'the key that signs what GUILDHALL_ANNOUNCE_URL gets')
  return { url, secret }
}

function isAllowed(text: string, isDev: boolean): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isDev && isLoopback(hostOf(host)))
}

function refused(variable: string, expected: string): GuildhallError {
  return new GuildhallError('ENVIRONMENT_INVALID', `Cannot start with this ${variable}: expected ${expected}`, {
    facts: { variable },
  })
}
