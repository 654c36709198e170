import type { LookupAddress } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { AddressRules } from './addresses.ts'
import { HttpsFault } from './failures.ts'

/** Finds the addresses of a host name, as `dns.lookup` does. */
export type FindAddresses = (
  host: string,
  options: { readonly all: true },
  found: (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void,
) => void

/** PEM of what we believe, and of who we are. */
export interface Trust {
  /** Only what these vouch for is believed then. */
  readonly ca?: string | undefined
  /** Our own certificate and its key, for sources that ask for one. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined
}

/** The connections of one reader: one at a time to each host, kept from request to request. */
export interface Connections {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

/** Prepares connections that resolve a name once each and go to the very address that was looked at. */
export function prepareConnections(trust: Trust, rules: AddressRules, find: FindAddresses): Connections {
  const kept = { keepAlive: true, maxSockets: 1 }
  const { ca, clientCertificate: own } = trust
  return {
    http: new HttpAgent({ ...kept, lookup: guardedLookup(find, (host, address) => refusePlain(host, address, rules)) }),
    https: new HttpsAgent({
      ...kept,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
      lookup: guardedLookup(find, (host, address) => refuse(host, address, rules)),
    }),
  }
}

const hostName = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9._])?$/

/** Checks what of a URL can be checked before anything is resolved: of a host that is an address, the address too. */
export function requireUrl(text: string, rules: AddressRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw unusable('its url', 'it is none; write one such as "https://example.org/people"')
  if (url.username !== '' || url.password !== '')
    throw unusable(`"${url.host}"`, 'there is a name or password before "@"; name a secret instead')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notEncrypted(url.host)
  // The class has brought every spelling of an address into one, such as `0x7f000001` into `127.0.0.1`.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) === 0) return named(host, url)
  const refusal = url.protocol === 'https:' ? refuse(host, host, rules) : refusePlain(host, host, rules)
  if (refusal !== undefined) throw refusal
  return url
}

function named(host: string, url: URL): URL {
  if (hostName.test(host)) return url
  throw unusable(`"${host}"`, 'that is no name of a host')
}

/** A host that leads inside by one of its addresses is not asked by the others either. */
function guardedLookup(
  find: FindAddresses,
  refusalOf: (host: string, address: string) => HttpsFault | undefined,
): LookupFunction {
  return (host, options, found) => {
    find(host, { all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      const [refusal] = (addresses ?? []).flatMap(({ address }) => refusalOf(host, address) ?? [])
      if (error !== null || refusal !== undefined || first === undefined) found(error ?? refusal ?? noAddress(host), [])
      else if (options.all === true) found(null, addresses ?? [])
      else found(null, first.address, first.family)
    })
  }
}

function refuse(host: string, address: string, rules: AddressRules): HttpsFault | undefined {
  if (rules.isAllowed(address)) return undefined
  const where = host === address ? 'that is an address inside' : `it leads to ${address}, an address inside`
  return new HttpsFault('address-refused', `${where}; if it is meant, add it to GUILDHALL_ALLOW_PRIVATE`, {
    at: `"${host}"`,
    facts: { host, address },
  })
}

function refusePlain(host: string, address: string, rules: AddressRules): HttpsFault | undefined {
  return refuse(host, address, rules) ?? (rules.isLoopback(address) ? undefined : notEncrypted(host))
}

function notEncrypted(host: string): HttpsFault {
  return unusable(`"${host}"`, 'the URL does not begin with "https://"; plain http is for this machine alone')
}

function unusable(at: string, reason: string): HttpsFault {
  return new HttpsFault('options-invalid', reason, { at })
}

function noAddress(host: string): HttpsFault {
  return new HttpsFault('unreachable', 'the host has no address', { at: `"${host}"` })
}
