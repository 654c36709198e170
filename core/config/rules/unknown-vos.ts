import { liesInVo, mayLieInNone } from '../../model/config-object.ts'
import type { Finding } from '../../model/finding.ts'
import { unknownAt, type Catalog } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'

/** Every VO that is named is declared; while a file cannot be read, the instance may name one that stood there. */
export function unknownVos(catalog: Catalog): Finding[] {
  const known = catalog.names('VO')
  const names = new Set(known)
  const entries = catalog.all.filter(({ document }) => catalog.isWhole || !isOfInstance(document.kind))
  return entries.flatMap((entry) =>
    vosIn(entry)
      .filter(({ vo }) => !names.has(vo))
      .map(({ vo, path }) => unknownAt(entry, { path, what: 'VO', name: vo, known })),
  )
}

function isOfInstance(kind: ReadDocument['document']['kind']): boolean {
  return kind === 'Instance' || kind === 'Facility'
}

function vosIn({ document }: ReadDocument): { readonly vo: string; readonly path: Path }[] {
  const { vo } = document.metadata
  if (vo === undefined && mayLieInNone(document.kind)) return []
  if (liesInVo(document.kind)) return [{ vo: vo ?? '', path: ['metadata', 'vo'] }]
  switch (document.kind) {
    case 'Instance':
      return (document.spec.guard?.overrides ?? []).flatMap(({ vo }, index) =>
        vo === undefined ? [] : [{ vo, path: ['spec', 'guard', 'overrides', index, 'vo'] }],
      )
    case 'Facility':
      return (document.spec.offers ?? []).map((one, index) => ({ vo: one.vo, path: ['spec', 'offers', index, 'vo'] }))
    default:
      return []
  }
}
