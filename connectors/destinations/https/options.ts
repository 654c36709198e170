import { delivering, invalidOption } from '../../https/failures.ts'
import { secretNameOf } from '../../source-options.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'

/** How a request is signed, with the name of the secret. */
export type Signing =
  | { readonly kind: 'hmac'; readonly secret: string }
  | { readonly kind: 'jws'; readonly secret: string; readonly keyId: string; readonly algorithm: JwsAlgorithm }

/** By the names of RFC 7518, section 3.1; those that need not see everything at once. */
export type JwsAlgorithm = 'ES256' | 'RS256' | 'PS256'

/** Where an https destination is, and what is said to it. */
export interface HttpsOptions {
  readonly url: string
  readonly body: 'files' | 'json'
  readonly signing: Signing | undefined
  /** Whether it says what it installed. */
  readonly givesReceipt: boolean
}

const algorithms: readonly JwsAlgorithm[] = ['ES256', 'RS256', 'PS256']

/** Checks the options once more, strictly; how we are known to the server is read with its secrets. */
export function readOptions(options: JsonObject): HttpsOptions {
  const { url, body = 'files', sign, receipt = 'json' } = options
  if (typeof url !== 'string') throw invalid('url', 'an address such as "https://login1.example.org/guildhall"')
  if (body !== 'files' && body !== 'json') throw invalid('body', '"files" or "json"')
  if (receipt !== 'json' && receipt !== 'none') throw invalid('receipt', '"json" or "none"')
  return { url, body, signing: sign === undefined ? undefined : readSigning(sign), givesReceipt: receipt === 'json' }
}

function readSigning(sign: JsonValue): Signing {
  if (isObject(sign) && Object.keys(sign).length === 1) {
    if (isObject(sign['hmac'])) return { kind: 'hmac', secret: secretIn('sign.hmac', sign['hmac']) }
    if (isObject(sign['jws'])) return readJws(sign['jws'])
  }
  throw invalid('sign', '{hmac: {secret: name}} or {jws: {secret: name, keyId: name, algorithm: ES256}}')
}

function readJws(jws: JsonObject): Signing {
  const { keyId, algorithm: wanted } = jws
  const algorithm = algorithms.find((name) => name === wanted)
  if (algorithm === undefined) throw invalid('sign.jws.algorithm', algorithms.join(', '))
  if (typeof keyId !== 'string' || keyId === '') throw invalid('sign.jws.keyId', 'what the receiver knows the key by')
  return { kind: 'jws', secret: secretIn('sign.jws', jws), keyId, algorithm }
}

function secretIn(option: string, value: JsonObject): string {
  const name = secretNameOf(value)
  if (name === undefined) throw invalid(`${option}.secret`, 'the name of a secret')
  return name
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(option: string, wanted: string): Error {
  return invalidOption(delivering, option, wanted)
}
