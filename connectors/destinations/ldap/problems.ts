import type { Snapshot } from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'
import type { LdapFailure } from '../../ldap/failure.ts'

/** How many entries of each kind are named; the others are counted. */
const named = 3

/** What of a delivery could not be done, while everything else was. */
export interface Problems {
  /** How many entries the directory refused. */
  readonly refusals: number
  /** Somebody else made the entry. */
  foreign(dn: string): void
  /** The directory does not take the entry, or does not let go of it. */
  refused(dn: string, failure: LdapFailure): void
  /** Fails where there was any. DELIVERY_REFUSED */
  throwIfAny(snapshot: Snapshot): void
}

/** Starts to gather; memory does not grow with the number. */
export function createProblems(): Problems {
  let [foreigners, refusals] = [0, 0]
  const [foreign, refused]: [string[], string[]] = [[], []]
  return {
    get refusals() {
      return refusals
    },
    foreign(dn) {
      foreigners += 1
      if (foreigners <= named) foreign.push(shownDn(dn))
    },
    refused(dn, { message }) {
      refusals += 1
      if (refusals <= named) refused.push(`${shownDn(dn)}: ${message}`)
    },
    throwIfAny(snapshot) {
      const parts = [
        ...(foreigners > 0
          ? [`${entries(foreigners)} there that Guildhall did not make: ${list(foreign, foreigners)}`]
          : []),
        ...(refusals > 0 ? [`${entries(refusals)} that the directory refuses: ${list(refused, refusals)}`] : []),
      ]
      if (parts.length > 0)
        throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `everything is in place but ${parts.join(', and ')}`)
    },
  }
}

const longestShown = 200

/** The name of an entry as messages have it. */
export function shownDn(dn: string): string {
  return JSON.stringify(dn.length > longestShown ? `${dn.slice(0, longestShown)}…` : dn)
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`
}

function list(shown: readonly string[], count: number): string {
  const more = count - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
