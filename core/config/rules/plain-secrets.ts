import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'

const secretKey =
  /^(?:password|passwd|secret|token|apikey|api_key|privatekey|private_key|clientsecret|client_secret|credential|credentials)$/i

/** No options carry a secret in plain; the message never repeats it. */
export function plainSecrets(catalog: Catalog): Finding[] {
  return [...catalog.of('Source'), ...catalog.of('Facility')].flatMap(secretsIn)
}

function secretsIn(entry: ReadDocument): Finding[] {
  const found: Path[] = []
  walk(entry.document.spec, ['spec'], found)
  return found.map((path) => {
    const message =
      'expected a secret by its name such as {secret: key}, got it in plain; take it out of git and change it'
    return errorAt(entry, { code: 'secret-plain', message, path })
  })
}

function walk(value: unknown, path: Path, found: Path[]): void {
  if (typeof value === 'string') {
    if (isSecret(path)) found.push(path)
    return
  }
  if (typeof value !== 'object' || value === null || isNamedSecret(value, path)) return
  const entries: Iterable<[string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [step, inner] of entries) walk(inner, [...path, step], found)
}

/** `{secret: name}` as the value of an option. */
function isNamedSecret(value: object, path: Path): boolean {
  return path.at(-1) !== 'options' && Object.keys(value).length === 1 && 'secret' in value
}

function isSecret(path: Path): boolean {
  const key = path.at(-1)
  return typeof key === 'string' && path.includes('options') && secretKey.test(key)
}
