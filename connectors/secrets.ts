import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GuildhallError } from '../core/errors.ts'

/** A `{secret: name}` and the document it stands in, for instance Facility `hpc`, or Resource `astro/cluster`. */
export interface SecretReference {
  readonly kind: string
  /** The document's name; a VO's document is `<vo>/<name>`. */
  readonly document: string
  readonly name: string
}

/** Where secrets come from. */
export interface SecretPlaces {
  /** `$GUILDHALL_SECRETS`; a secret of Facility `hpc` lies in `Facility/hpc/<name>` there. */
  readonly folder: string | undefined
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Every secret the configuration names, to find variables that two of them would share. */
  references(): readonly SecretReference[] | Promise<readonly SecretReference[]>
}

const kindPattern = /^[A-Z][A-Za-z]{0,49}$/
const namePattern = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/

/** Gives the function that looks up a secret for the document that names it: its file first, then its variable. */
export function createSecrets(places: SecretPlaces): (reference: SecretReference) => Promise<string> {
  return async (reference) => {
    requireSafe(reference)
    const path =
      places.folder === undefined ? undefined : join(places.folder, reference.kind, reference.document, reference.name)
    const fromFile = path === undefined ? undefined : await readSecret(path)
    if (fromFile !== undefined) return fromFile
    const variable = secretVariable(reference)
    const value = places.variables[variable]
    if (value === undefined || value === '') throw missing(reference, path)
    const sharing = sharersOf(reference, await places.references())
    if (sharing.length > 0) throw shared(reference, sharing)
    return withoutLastNewline(value)
  }
}

/** The environment variable that can hold a secret: upper case, every other character `_`. */
export function secretVariable({ kind, document, name }: SecretReference): string {
  return `GUILDHALL_SECRET_${[kind, document, name].map(asVariable).join('_')}`
}

/** The groups of secrets that one variable would stand for; each group is an error where the variable is used. */
export function findSharedVariables(references: readonly SecretReference[]): (readonly SecretReference[])[] {
  const byVariable = new Map<string, Map<string, SecretReference>>()
  for (const reference of references) {
    const variable = secretVariable(reference)
    const group = byVariable.get(variable) ?? new Map<string, SecretReference>()
    byVariable.set(variable, group.set(placeOf(reference), reference))
  }
  return [...byVariable.values()].filter((group) => group.size > 1).map((group) => [...group.values()])
}

function sharersOf(reference: SecretReference, references: readonly SecretReference[]): readonly SecretReference[] {
  const [group = []] = findSharedVariables([
    reference,
    ...references.filter((other) => secretVariable(other) === secretVariable(reference)),
  ])
  return group
}

/** Only one newline at the end is not part of the secret; editors and `echo` put it there. */
function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return withoutLastNewline(await readFile(path, 'utf8'))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new GuildhallError(
      'SECRET_MISSING',
      `Cannot read the secret in "${path}": give the worker's user the right to read it`,
      { cause },
    )
  }
}

function isMissing(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  )
}

function requireSafe(reference: SecretReference): void {
  const names = [...reference.document.split('/'), reference.name]
  const isSafe = names.length <= 3 && names.every((name) => namePattern.test(name) && name !== '.' && name !== '..')
  if (isSafe && kindPattern.test(reference.kind)) return
  throw new GuildhallError(
    'SECRET_MISSING',
    `Cannot look up secret ${JSON.stringify(placeOf(reference))}: that is not a document and a name`,
  )
}

function missing(reference: SecretReference, path: string | undefined): GuildhallError {
  const file = path ?? join('$GUILDHALL_SECRETS', placeOf(reference))
  const variable = secretVariable(reference)
  const document = `${reference.kind} "${reference.document}"`
  return new GuildhallError(
    'SECRET_MISSING',
    `Cannot find secret "${reference.name}" of ${document}: put it into the file ${file} or the variable ${variable}`,
    { facts: { kind: reference.kind, document: reference.document, secret: reference.name, file, variable } },
  )
}

function shared(reference: SecretReference, sharing: readonly SecretReference[]): GuildhallError {
  const variable = secretVariable(reference)
  const claimants = sharing.map(placeOf).sort()
  return new GuildhallError(
    'SECRET_SHARED',
    `Cannot use the variable ${variable}: it would stand for ${claimants.join(' and ')}; put them into files below $GUILDHALL_SECRETS`,
    { facts: { variable, claimants } },
  )
}

function placeOf({ kind, document, name }: SecretReference): string {
  return join(kind, document, name)
}

function asVariable(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}
