import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeLines } from '../../line-files.ts'
import { quotaAttributes, readQuotas, type PlaceQuota } from '../../quotas.ts'
import { findTwins } from '../../twins.ts'
import { isActive, isUnixId, personOf } from '../../unix-accounts.ts'

/** Makes `fs-quotas`: what every person may fill of each place, data and files. */
export const generator: Generator = {
  name: 'fs-quotas',
  carriesStatus: false,
  requires: ['user-facility.uid'],
  uses: [...quotaAttributes],
  generate,
}

interface Entry {
  readonly user: string
  readonly uid: number
  readonly quotas: readonly PlaceQuota[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const leaveOut = createLeftOut()
  const entries: Entry[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const entry = readEntry(account)
      if ('reason' in entry) yield* leaveOut(account, entry.reason)
      else if (entry.quotas.length > 0) entries.push(entry)
    }
  }
  const twins = findTwins(entries, ({ uid }) => [['uid', uid]])
  for (const [{ user }, reason] of twins) yield { kind: 'left-out', user, reason }
  const kept = entries.filter((entry) => !twins.has(entry)).sort((one, other) => one.uid - other.uid)
  yield* writeLines('fs-quotas', kept, linesOf)
}

function readEntry(account: Account): Entry | { readonly reason: string } {
  const uid = account.attributes['user-facility.uid']
  if (!isUnixId(uid)) return { reason: 'user-facility.uid is missing or not a free number from 1000 on' }
  const quotas = readQuotas(account.attributes)
  return 'reason' in quotas ? quotas : { user: personOf(account), uid, quotas }
}

function linesOf({ uid, quotas }: Entry): string {
  return quotas
    .map(({ path, data, files }) => `${[uid, data.soft, data.hard, files.soft, files.hard, path].join('\t')}\n`)
    .join('')
}
