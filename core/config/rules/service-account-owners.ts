import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog } from '../catalog.ts'

/** Owners of service accounts are people. */
export function serviceAccountOwners(catalog: Catalog): Finding[] {
  const accounts = catalog.of('User').filter(({ document }) => document.spec.serviceAccount !== undefined)
  if (accounts.length === 0) return []
  const accountOf = new Map(
    accounts.flatMap(({ document }) => document.spec.identities.map((identity) => [identity, document.metadata.name])),
  )
  return accounts.flatMap((entry) =>
    (entry.document.spec.serviceAccount?.owners ?? []).flatMap((owner, index): Finding[] => {
      const account = accountOf.get(owner)
      if (account === undefined) return []
      const message = `"${owner}" is the service account "${account}"; expected a person, who can answer for it`
      return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'serviceAccount', 'owners', index] })]
    }),
  )
}
