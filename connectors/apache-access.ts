import type { Account, GeneratorInput, Output, ResourceView } from './generator.ts'
import { createLeftOut } from './left-out.ts'
import { writeLines } from './line-files.ts'
import { findShared } from './shared-claims.ts'
import { isActive } from './unix-accounts.ts'

/** Where the configuration of one place lies on the web server: absolute, and without parts that mean another folder. */
const pathPattern = /^(\/(?!\.\.?(\/|$))[A-Za-z0-9_.][A-Za-z0-9._+-]*)+$/
const longestPath = 400
/** For a place that nobody may enter: `Require user` without a name is no rule. */
const nobody = 'Require all denied'

/** What somebody goes by on the web server, or why there is nothing. */
type Names = { readonly names: readonly string[] } | { readonly reason: string }

/** How people are let in. */
export interface AccessFormat {
  /** The folder of the output. */
  readonly folder: string
  readonly namesOf: (account: Account) => Names
  /** The rules for these people, of whom there is at least one, each by what they go by. */
  readonly rulesFor: (people: readonly (readonly string[])[]) => readonly string[]
}

/** A resource with a place on the web server, or why it has none; undefined where it wants none. */
type Place = { readonly path: string } | { readonly reason: string } | undefined

/**
 * Writes two files for every resource with `resource.apacheAuthzFile`, numbered in the order of these paths: `path`, where the other one is to be
 * put, and `authz`, which lets in whoever has access to the resource.
 */
export async function* writeAccess(input: GeneratorInput, format: AccessFormat): AsyncIterable<Output> {
  const places = readPlaces(input.resources)
  const leaveOut = createLeftOut()
  const shared = await findShared(input.accounts(), (account) => claimsOf(format.namesOf(account)))
  const people = places.map((): (readonly string[])[] => [])
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      const place = places[resource]
      if (place === undefined || !isActive(account)) continue
      const read = 'reason' in place ? place : namesFor(account, { format, shared })
      if ('reason' in read) yield* leaveOut(account, read.reason)
      else people[resource]?.push(read.names)
    }
  }
  yield* writePlaces(places, { people, format })
}

function* writePlaces(
  places: readonly Place[],
  { people, format }: { readonly people: readonly (readonly (readonly string[])[])[]; readonly format: AccessFormat },
): Iterable<Output> {
  const sorted = places
    .flatMap((place, resource) => (place !== undefined && 'path' in place ? [{ path: place.path, resource }] : []))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
  for (const [index, { path, resource }] of sorted.entries()) {
    const folder = `${format.folder}/${index + 1}`
    const here = people[resource] ?? []
    yield { kind: 'file', file: `${folder}/path`, text: `${path}\n` }
    yield* writeLines(`${folder}/authz`, here.length === 0 ? [nobody] : format.rulesFor(here), (rule) => `${rule}\n`)
  }
}

function namesFor(
  account: Account,
  { format, shared }: { readonly format: AccessFormat; readonly shared: ReadonlySet<string> },
): Names {
  const read = format.namesOf(account)
  const common = claimsOf(read).find((claim) => shared.has(claim))
  return common === undefined ? read : { reason: `another person here goes by "${common}" too` }
}

/** What people are known by, capitals or not. */
function claimsOf(read: Names): readonly string[] {
  return 'reason' in read ? [] : read.names.map((name) => name.toLowerCase())
}

function readPlaces(resources: readonly ResourceView[]): readonly Place[] {
  const paths = resources.map(({ attributes }) => attributes['resource.apacheAuthzFile'] ?? undefined)
  return paths.map((path, index): Place => {
    const { vo = '', name = '' } = resources[index] ?? {}
    if (path === undefined) return undefined
    if (typeof path !== 'string' || path.length > longestPath || !pathPattern.test(path))
      return { reason: `resource ${vo}/${name}: resource.apacheAuthzFile is not an absolute path of plain characters` }
    if (paths.filter((other) => other === path).length > 1)
      return { reason: `resource ${vo}/${name}: another resource here has the same resource.apacheAuthzFile` }
    return { path }
  })
}
