import { isIP } from 'node:net'
import type { JsonValue } from '../core/model/json.ts'
import type { SourceEnvironment } from './source.ts'

/** What may stand in options as a path below a folder: relative, without `..`. */
export const plainPath = /^(?!\.{1,2}(\/|$))[^/\\\u0000-\u001f]+(\/(?!\.{1,2}(\/|$))[^/\\\u0000-\u001f]+)*$/

/** The name in `{secret: name}`; undefined where it is something else. */
export function secretNameOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || !('secret' in value)) return undefined
  return typeof value.secret === 'string' ? value.secret : undefined
}

/** Tells whether a host is this machine, by its name or address. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * The certificates (PEM) in a file of the configuration repository. Where it has none it fails with what `invalid` makes of a phrase
 * such as `a file with certificates in PEM`: Node would take it, and then believe nobody.
 */
export async function readAuthorities(
  path: string,
  environment: Pick<SourceEnvironment, 'configFile'>,
  invalid: (wanted: string) => Error,
): Promise<string> {
  const text = Buffer.from(await environment.configFile(path)).toString('utf8')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw invalid(`a file with certificates in PEM, and "${path}" has none`)
}
