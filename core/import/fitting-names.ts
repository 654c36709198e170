import { nameFault } from '../structure/name-fault.ts'

const longest = 100

/** Names that are given already, ignoring case; how far the numbers behind each have come. */
export interface GivenNames {
  readonly taken: Set<string>
  readonly last: Map<string, number>
}

/** No name is given yet but those that nothing may have. */
export function noNames(reserved: readonly string[] = []): GivenNames {
  return { taken: new Set(reserved.map((name) => name.toLowerCase())), last: new Map() }
}

/** Gives a text's own name where a document may have it, else the nearest one that may be had; no two are the same, ignoring case. */
export function fittingName(text: string, given: GivenNames): string {
  const base = baseOf(text)
  const key = base.toLowerCase()
  for (let number = given.last.get(key) ?? 1; ; number += 1) {
    const ending = number === 1 ? '' : `-${number}`
    const name = `${base.slice(0, longest - ending.length)}${ending}`
    if (nameFault(name) !== undefined || given.taken.has(name.toLowerCase())) continue
    given.last.set(key, number + 1)
    given.taken.add(name.toLowerCase())
    return name
  }
}

/** Letters without their marks, and hyphens in place of everything that no name may hold. */
function baseOf(text: string): string {
  const plain = text
    .slice(0, longest * 2)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, '')
  return /^\.{0,2}$/.test(plain) ? 'unnamed' : plain
}
