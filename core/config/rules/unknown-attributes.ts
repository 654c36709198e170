import type { Finding } from '../../model/finding.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'
import { parseAttribute } from '../references.ts'
import { unforeseen, type Unforeseen } from './derived-attributes.ts'

interface Mention {
  readonly attribute: string
  readonly path: Path
  readonly on?: 'key'
  /** Holders whose attributes may stand here. */
  readonly holders: readonly string[]
  /** Whether people wait for it before they reach anything. */
  readonly isAwaited?: true
}

const ofMember = ['user', 'member']
const ofThings = ['vo', 'group', 'resource', 'facility', 'host', 'group-resource']
const ofAccount = ['user', 'member', 'user-facility', 'member-resource', 'member-group']

/** Every attribute named in `requires` and `use` is declared, and is one of a holder that counts there; none that a VO waits for is derived from what makes itself. */
export function unknownAttributes(catalog: Catalog): Finding[] {
  const known = unforeseen(catalog)
  return catalog.all.flatMap((entry) =>
    mentionsIn(entry).flatMap((mention) => mentionFault(entry, mention, { catalog, ...known })),
  )
}

interface Surveyed extends Pick<Unforeseen, 'made'> {
  readonly catalog: Catalog
}

function mentionFault(
  entry: ReadDocument,
  { attribute, path, on, holders, isAwaited }: Mention,
  { catalog, made }: Surveyed,
): Finding[] {
  if (attribute in builtInAttributes || catalog.has({ kind: 'Attribute', name: attribute })) {
    const isKnownHolder = holders.includes(parseAttribute(attribute).holder)
    if (isKnownHolder && isAwaited === true && made.has(attribute)) {
      const message = `"${attribute}" is derived from what makes itself once somebody reaches a resource, so no VO requires it before; require what else it is derived from, or let the services require it, which leave out who has none`
      return [errorAt(entry, { code: 'attribute-mismatch', message, path, ...(on && { on }) })]
    }
    if (isKnownHolder) return []
    const message = `expected an attribute of ${holders.join(' or ')}, got "${attribute}"`
    return [errorAt(entry, { code: 'attribute-mismatch', message, path, ...(on && { on }) })]
  }
  const known = [...Object.keys(builtInAttributes), ...catalog.names('Attribute')]
  return [unknownAt(entry, { path, what: 'attribute', name: attribute, known, ...(on && { on }) })]
}

function mentionsIn({ document }: ReadDocument): Mention[] {
  switch (document.kind) {
    case 'VO':
      return listed(document.spec.requires?.attributes, ['spec', 'requires', 'attributes'], ofMember).map(
        (mention) => ({
          ...mention,
          isAwaited: true,
        }),
      )
    case 'Service':
      return listed(document.spec.requires, ['spec', 'requires'], [...ofAccount, ...ofThings])
    case 'Facility':
      return Object.entries(document.spec.use ?? {}).flatMap(([serves, attribute]): Mention[] => [
        { attribute: serves, path: ['spec', 'use', serves], on: 'key', holders: ofAccount },
        { attribute, path: ['spec', 'use', serves], holders: ofAccount },
      ])
    default:
      return []
  }
}

function listed(attributes: readonly string[] | undefined, path: Path, holders: readonly string[]): Mention[] {
  return (attributes ?? []).map((attribute, index) => ({ attribute, path: [...path, index], holders }))
}
