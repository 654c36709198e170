import type { Change, MembershipChange, Plan } from '../model/plan.ts'
import { flatFinding } from '../model/flat-finding.ts'
import type { JsonObject } from '../model/json.ts'
import { isRowChange } from './order-changes.ts'
import { summarize } from './summary.ts'

/** Turns a plan into its JSON form; version 1 is a contract. */
export function renderJson(plan: Plan): JsonObject {
  return {
    version: plan.version,
    digest: plan.digest,
    summary: { ...summarize(plan) },
    findings: plan.findings.map((finding) => ({ ...flatFinding(finding) })),
    changes: plan.changes.map(renderChange),
    impact: {
      gained: plan.impact.gained.map((delta) => ({ ...delta })),
      lost: plan.impact.lost.map((delta) => ({ ...delta })),
    },
    guard: {
      verdict: plan.guard.verdict,
      scopes: plan.guard.scopes.map(({ scope, digest, verdict, reasons }) => ({
        ...{ scope, digest, verdict },
        reasons: reasons.map((reason) => ({ ...reason })),
      })),
    },
  }
}

function renderChange(change: Change): JsonObject {
  const { scope, action, kind, vo, name, at } = change
  return {
    ...{ scope, action, kind },
    ...(vo === undefined ? {} : { vo }),
    name,
    ...(isRowChange(change) ? rowDetails(change) : documentDetails(change)),
    ...(at === undefined ? {} : { file: at.file, line: at.line }),
  }
}

function rowDetails({ user, origin, expires, attributes }: MembershipChange): JsonObject {
  return {
    user,
    ...(origin === undefined ? {} : { origin }),
    ...(expires === undefined ? {} : { expires: { ...expires } }),
    ...(attributes === undefined ? {} : { attributes: { ...attributes } }),
  }
}

function documentDetails(change: Exclude<Change, { readonly user: string }>): JsonObject {
  const { have, fields, action } = change
  return {
    ...(action === 'move' && have !== undefined ? { from: have.name } : {}),
    ...(fields.length === 0 ? {} : { fields }),
  }
}
