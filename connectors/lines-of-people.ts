import type { Account, GeneratorInput, Output, ResourceView } from './generator.ts'
import { createLeftOut } from './left-out.ts'
import { writeSorted } from './line-files.ts'
import { isActive } from './unix-accounts.ts'

/** What somebody adds to a file, why they cannot, or undefined for whoever has nothing to add. */
export type Lines = { readonly lines: readonly string[] } | { readonly reason: string } | undefined

/** Writes one file of what all people here add to it: distinct lines, sorted. */
export async function* writeEverybody(
  input: GeneratorInput,
  { file, linesOf }: { readonly file: string; readonly linesOf: (account: Account) => Lines },
): AsyncIterable<Output> {
  const leaveOut = createLeftOut()
  const all = new Set<string>()
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const added = addTo(all, linesOf(account))
      if (added !== undefined && 'reason' in added) yield* leaveOut(account, added.reason)
    }
  }
  yield* writeSorted(file, all)
}

interface ByResource {
  /** To which file a resource leads, or why its people are left out. */
  readonly fileOf: (resource: ResourceView) => { readonly file: string } | { readonly reason: string }
  readonly linesOf: (account: Account, file: string) => Lines
}

/** Collects what people add to the files that their resources lead to: distinct lines by file, also where a file has none. */
export async function* collectByResource(
  input: GeneratorInput,
  { fileOf, linesOf }: ByResource,
): AsyncGenerator<Output, ReadonlyMap<string, ReadonlySet<string>>> {
  const leaveOut = createLeftOut()
  const files = input.resources.map(fileOf)
  const lines = new Map(files.flatMap((one) => ('file' in one ? [[one.file, new Set<string>()] as const] : [])))
  const read = (to: (typeof files)[number], account: Account): Lines =>
    'reason' in to ? to : addTo(lines.get(to.file), linesOf(account, to.file))
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      const to = files[resource]
      if (to === undefined || !isActive(account)) continue
      const added = read(to, account)
      if (added !== undefined && 'reason' in added) yield* leaveOut(account, added.reason)
    }
  }
  return lines
}

function addTo(all: Set<string> | undefined, read: Lines): Lines {
  if (read !== undefined && 'lines' in read) for (const line of read.lines) all?.add(line)
  return read
}
