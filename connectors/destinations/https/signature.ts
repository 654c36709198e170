import { constants, createHmac, createPrivateKey, createSign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { delivering, invalidOption } from '../../https/failures.ts'
import type { JwsAlgorithm, Signing } from './options.ts'

/** The signature of one request, made while its body goes by. */
interface Signature {
  update(bytes: Uint8Array): void
  /** Ends it; the headers that carry it. */
  headers(): Readonly<Record<string, string>>
}

/** Signs requests. */
export interface Signer {
  /** Starts with a body at a time, in milliseconds since 1970. */
  begin(nowMs: number): Signature
  /** What must not be shown where it comes back. */
  readonly secrets: readonly string[]
}

/** Looks up the secret and builds what signs with it; without `signing`, nothing is signed. */
export async function openSigner(
  signing: Signing | undefined,
  lookUp: (name: string) => Promise<string>,
): Promise<Signer> {
  if (signing === undefined) return { begin: () => ({ update: () => undefined, headers: () => ({}) }), secrets: [] }
  const secret = await lookUp(signing.secret)
  if (secret === '') throw invalidOption(delivering, `sign.${signing.kind}.secret`, 'a secret that is not empty')
  const begin = signing.kind === 'hmac' ? hmacOf(secret) : jwsOf(signing, keyFrom(secret, signing.algorithm))
  return { begin, secrets: [secret] }
}

/** HMAC-SHA256 (RFC 2104) over the seconds since 1970, a point, and the body. */
function hmacOf(secret: string): Signer['begin'] {
  return (nowMs) => {
    const time = secondsOf(nowMs)
    const hmac = createHmac('sha256', secret).update(`${time}.`)
    return {
      update: (bytes) => void hmac.update(bytes),
      headers: () => ({ 'guildhall-timestamp': `${time}`, 'guildhall-signature': `sha256=${hmac.digest('hex')}` }),
    }
  }
}

interface JwsHeader {
  readonly keyId: string
  readonly algorithm: JwsAlgorithm
}

/** A JWS whose payload is the body as it is and not in it (RFC 7515, appendix F; RFC 7797); `iat` says when it was made. */
function jwsOf({ algorithm: alg, keyId: kid }: JwsHeader, key: KeyObject): Signer['begin'] {
  return (nowMs) => {
    const header = { alg, kid, iat: secondsOf(nowMs), b64: false, crit: ['b64'] }
    const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
    const sign = createSign('sha256').update(`${encoded}.`)
    return {
      update: (bytes) => void sign.update(bytes),
      headers: () => ({
        'guildhall-signature': `${encoded}..${sign.sign({ key, ...ways[alg] }).toString('base64url')}`,
      }),
    }
  }
}

/** How RFC 7518, sections 3.3 to 3.5, wants signatures made. */
const ways = {
  ES256: { dsaEncoding: 'ieee-p1363' },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
} as const satisfies Readonly<Record<JwsAlgorithm, object>>

const leastRsaBits = 2048

function keyFrom(pem: string, algorithm: JwsAlgorithm): KeyObject {
  const key = privateKey(pem)
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const fits = algorithm === 'ES256' ? namedCurve === 'prime256v1' : isRsa(key) && modulusLength >= leastRsaBits
  if (fits) return key
  const wanted = algorithm === 'ES256' ? 'a key on the curve P-256' : `an RSA key of at least ${leastRsaBits} bits`
  throw invalidOption(delivering, 'sign.jws.secret', `${wanted} for ${algorithm}`)
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw invalidOption(delivering, 'sign.jws.secret', 'a private key in PEM without a passphrase')
  }
}

function isRsa({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType === 'rsa'
}

function secondsOf(nowMs: number): number {
  return Math.floor(nowMs / 1_000)
}
