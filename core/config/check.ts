import { compareText } from '../model/compare.ts'
import type { Finding } from '../model/finding.ts'
import { catalogOf, type Catalog, type Surroundings } from './catalog.ts'
import type { Reading } from './document.ts'
import { attributeDefinitions } from './rules/attribute-definitions.ts'
import { attributeValues } from './rules/attribute-values.ts'
import { cycles } from './rules/cycles.ts'
import { derivedAttributes } from './rules/derived-attributes.ts'
import { destinations } from './rules/destinations.ts'
import { duplicateEntries } from './rules/duplicate-entries.ts'
import { duplicateIdentities } from './rules/duplicate-identities.ts'
import { duplicateNames } from './rules/duplicate-names.ts'
import { exactlyOneInstance } from './rules/exactly-one-instance.ts'
import { forms } from './rules/forms.ts'
import { deliveredWithStatus, generators, serviceOptions } from './rules/generators.ts'
import { membersNamedOnce } from './rules/members-named-once.ts'
import { missingParents } from './rules/missing-parents.ts'
import { offerSchemas, offersExceeded } from './rules/offers.ts'
import { plainSecrets } from './rules/plain-secrets.ts'
import { previousNames } from './rules/previous-names.ts'
import { reservedNames } from './rules/reserved-names.ts'
import { ruleGroups } from './rules/rule-groups.ts'
import { serviceOrder } from './rules/service-order.ts'
import { serviceAccountOwners } from './rules/service-account-owners.ts'
import { sources } from './rules/sources.ts'
import { stricterGuards } from './rules/stricter-guards.ts'
import { syncs } from './rules/syncs.ts'
import { structures } from './rules/structures.ts'
import { timeZones } from './rules/time-zones.ts'
import { unknownAttributes } from './rules/unknown-attributes.ts'
import { unknownFacilities } from './rules/unknown-facilities.ts'
import { unknownGroups } from './rules/unknown-groups.ts'
import { unknownOffers } from './rules/unknown-offers.ts'
import { unknownServices } from './rules/unknown-services.ts'
import { unknownSources } from './rules/unknown-sources.ts'
import { notifications } from './rules/notifications.ts'
import { unknownVos } from './rules/unknown-vos.ts'
import { withinLists } from './rules/within-lists.ts'

/** The rules between documents; each stands in a file of its own. */
const rules: readonly ((catalog: Catalog) => Finding[])[] = [
  plainSecrets,
  exactlyOneInstance,
  duplicateNames,
  duplicateIdentities,
  serviceAccountOwners,
  duplicateEntries,
  membersNamedOnce,
  reservedNames,
  previousNames,
  unknownVos,
  missingParents,
  unknownSources,
  unknownGroups,
  cycles,
  unknownFacilities,
  unknownServices,
  serviceOrder,
  unknownOffers,
  unknownAttributes,
  attributeDefinitions,
  derivedAttributes,
  attributeValues,
  withinLists,
  ruleGroups,
  generators,
  serviceOptions,
  deliveredWithStatus,
  destinations,
  sources,
  syncs,
  structures,
  offerSchemas,
  stricterGuards,
  timeZones,
  forms,
  notifications,
  offersExceeded,
]

/** Applies every rule between documents; where two find fault with one place, the first one speaks. */
export function checkDocuments(reading: Reading, surroundings: Surroundings): Finding[] {
  const catalog = catalogOf(reading, surroundings)
  return rules.flatMap((rule) => rule(catalog))
}

/** Sorts findings by place and drops repetitions. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map<string, Finding>()
  for (const finding of findings) {
    const { at, code, message } = finding
    const place = at === undefined ? message : `${at.file}:${at.line}:${at.column}`
    const key = `${place} ${code} ${finding.severity === 'warning' ? message : ''}`
    if (!unique.has(key)) unique.set(key, finding)
  }
  return [...unique.values()].sort(compareFindings)
}

const nowhere = { file: '', line: 0, column: 0 }

function compareFindings(a: Finding, b: Finding): number {
  const left = a.at ?? nowhere
  const right = b.at ?? nowhere
  const byPlace = compareText(left.file, right.file) || left.line - right.line || left.column - right.column
  return byPlace || compareText(a.code, b.code) || compareText(a.message, b.message)
}
