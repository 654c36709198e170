import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeLines } from '../../line-files.ts'
import { quotaAttributes, readQuotas, type PlaceQuota } from '../../quotas.ts'
import { readUnique } from '../../unique-entries.ts'
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
  const kept = yield* readUnique(input, {
    isIn: isActive,
    read: readEntry,
    keysOf: ({ uid }) => [['uid', uid]],
    order: byUid,
  })
  yield* writeLines('fs-quotas', kept, linesOf)
}

function byUid(one: Entry, other: Entry): number {
  return one.uid - other.uid
}

/** Undefined for whoever has no quota. */
function readEntry(account: Account): Entry | { readonly reason: string } | undefined {
  const uid = account.attributes['user-facility.uid']
  if (!isUnixId(uid)) return { reason: 'user-facility.uid is missing or not a free number from 1000 on' }
  const quotas = readQuotas(account.attributes)
  if ('reason' in quotas) return quotas
  return quotas.length === 0 ? undefined : { user: personOf(account), uid, quotas }
}

function linesOf({ uid, quotas }: Entry): string {
  return quotas
    .map(({ path, data, files }) => `${[uid, data.soft, data.hard, files.soft, files.hard, path].join('\t')}\n`)
    .join('')
}
