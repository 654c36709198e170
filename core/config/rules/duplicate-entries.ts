import type { Finding } from '../../model/finding.ts'
import { assignments } from '../assignments.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'
import { userOf } from '../references.ts'

interface List {
  readonly path: Path
  /** The key under which an entry has its name. */
  readonly key?: string
  readonly what: string
  readonly entries: readonly string[] | undefined
}

/** No list names the same thing twice. */
export function duplicateEntries(catalog: Catalog): Finding[] {
  return catalog.all.flatMap((entry) => {
    if (clean.has(entry.document)) return []
    const findings = listsOf(entry).flatMap((list) => repetitions(entry, list))
    if (findings.length === 0) clean.add(entry.document)
    return findings
  })
}

/** Documents looked at before; the rule depends on nothing else. */
const clean = new WeakSet<ReadDocument['document']>()

function repetitions(entry: ReadDocument, list: List): Finding[] {
  const names = list.entries ?? []
  if (new Set(names).size === names.length) return []
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (!seen.has(name)) {
      seen.add(name)
      continue
    }
    const path = list.key === undefined ? [...list.path, index] : [...list.path, index, list.key]
    findings.push(errorAt(entry, { code: 'duplicate', message: `the ${list.what} "${name}" stands here twice`, path }))
  }
  return findings
}

function listsOf(entry: ReadDocument): List[] {
  const { document } = entry
  switch (document.kind) {
    case 'VO':
      return [
        { path: ['spec', 'members'], what: 'member', entries: document.spec.members?.map(userOf) },
        { path: ['spec', 'requires', 'attributes'], what: 'attribute', entries: document.spec.requires?.attributes },
      ]
    case 'Group':
      return [
        { path: ['spec', 'members'], what: 'member', entries: document.spec.members?.map(userOf) },
        { path: ['spec', 'includes'], what: 'group', entries: document.spec.includes },
      ]
    case 'Resource':
      return [
        { path: ['spec', 'groups'], what: 'group', entries: assignments(document.spec).map(({ group }) => group) },
        { path: ['spec', 'services'], what: 'service', entries: document.spec.services },
        { path: ['spec', 'capabilities'], what: 'capability', entries: document.spec.capabilities },
        { path: ['spec', 'tags'], what: 'tag', entries: document.spec.tags },
      ]
    case 'Service':
      return [{ path: ['spec', 'requires'], what: 'attribute', entries: document.spec.requires }]
    case 'Facility':
      return facilityLists({ ...entry, document })
    default:
      return []
  }
}

function facilityLists({ document }: Pick<Entry<'Facility'>, 'document'>): List[] {
  const { capabilities, hosts, offers, destinations } = document.spec
  const named = (items: readonly { readonly name: string }[] | undefined) =>
    items?.map(({ name }) => name.toLowerCase())
  return [
    { path: ['spec', 'capabilities'], what: 'capability', entries: capabilities },
    { path: ['spec', 'hosts'], key: 'name', what: 'host', entries: named(hosts) },
    { path: ['spec', 'offers'], key: 'name', what: 'offer', entries: named(offers) },
    { path: ['spec', 'destinations'], key: 'name', what: 'destination', entries: named(destinations) },
    ...(offers ?? []).map((offer, index) => ({
      path: ['spec', 'offers', index, 'services'],
      what: 'service',
      entries: offer.services,
    })),
    ...(destinations ?? []).map((destination, index) => ({
      path: ['spec', 'destinations', index, 'services'],
      what: 'service',
      entries: destination.services,
    })),
  ]
}
