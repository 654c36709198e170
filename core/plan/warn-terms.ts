import { isKind, type DesiredObject } from '../model/config-object.ts'
import { countPeople } from '../model/count.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from './draft.ts'
import { acceptanceDue, knownTerms, versionsInForce } from './terms.ts'
import type { Worlds } from './worlds.ts'

/** Tells of each version of terms that a commit brings how many members have to accept it, and until when. */
export function warnTerms(draft: Draft, worlds: Worlds): Finding[] {
  return [...draft.touchedVos].flatMap(({ want }) =>
    want !== undefined && isKind(want, 'VO') ? warnOfVo(draft, worlds, want) : [],
  )
}

function warnOfVo(draft: Draft, worlds: Worlds, vo: DesiredObject<'VO'>): Finding[] {
  const version = vo.spec.terms?.version
  if (version === undefined || versionsInForce(knownTerms(draft, vo)).at(-1)?.version === version) return []
  const dueOf = acceptanceDue(draft, vo)
  const members = [...(worlds.after.vo(vo.name)?.statuses ?? [])].filter(
    ([, status]) => status === 'VALID' || status === 'INVALID',
  )
  const days = members.flatMap(([person]) => dueOf?.(person) ?? []).sort()
  const [last] = days.slice(-1)
  if (last === undefined) return []
  const who = `${countPeople(days.length)} ${days.length === 1 ? 'has' : 'have'} to accept them`
  const until =
    last > draft.today(vo.name) ? ` before ${last}, and will be INVALID otherwise` : ', and will be INVALID until then'
  const message = `version "${version}" of the terms of VO "${vo.name}" is new: ${who}${until}`
  return [{ severity: 'warning', code: 'terms-new', message, at: vo.at, path: 'spec.terms.version' }]
}
