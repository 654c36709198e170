import type { PersonIndex } from '../membership/person-marks.ts'
import { compareText } from '../model/compare.ts'
import type { StatusChange } from '../model/plan.ts'
import type { MemberStatus } from '../model/state.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Worlds } from './worlds.ts'

type Statuses = ReadonlyMap<PersonIndex, MemberStatus>

/** Lists the members whose status differs once everything is applied, and the newcomers who are not VALID. */
export function statusChanges(draft: Draft, worlds: Worlds): StatusChange[] {
  return [...draft.touchedVos]
    .flatMap((pair) => changesIn(draft, worlds, pair))
    .sort((a, b) => compareText(a.vo, b.vo) || compareText(a.user, b.user))
}

function changesIn({ people }: Draft, worlds: Worlds, { have, want }: ObjectPair): StatusChange[] {
  if (want === undefined) return []
  const before = have === undefined ? undefined : worlds.before.vo(have.name)?.statuses
  const after = worlds.after.vo(want.name)?.statuses
  return different(before, after).map(([person, status]) => ({
    vo: want.name,
    user: people.names[person] ?? '',
    status,
  }))
}

const nobody: Statuses = new Map()

function different(before = nobody, after = nobody): [PersonIndex, MemberStatus][] {
  if (after === before) return []
  return [...after].filter(([person, status]) => status !== (before.get(person) ?? 'VALID'))
}
