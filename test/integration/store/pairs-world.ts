import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { actOnMembers, changeIdentities, changeValues, inTransaction, type Pool } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { add, apply, change, document, row, smallWorld, stored, tuesday } from './world.ts'

export const attribute = (name: string, spec: object) => document('Attribute', name, spec)
export const text = { type: 'string' }
const cause = { actor: 'local/test' }

/** Each holder has one that is given and one that follows from it, its ends, and what these lie in. */
export const pairDefinitions = () => [
  add(attribute('facility.home', text)),
  add(attribute('vo.code', text)),
  add(attribute('group.code', text)),
  add(attribute('resource.base', { type: 'integer', default: 1 })),
  add(attribute('member.role', text)),
  add(attribute('identity.note', text)),
  add(attribute('identity.label', { ...text, derive: "identity.note + '@' + user.login" })),
  add(attribute('user-facility.dir', { ...text, derive: "facility.home + '/' + user.login" })),
  add(attribute('user-facility.even', { type: 'integer', derive: 'user_facility.uid * 2' })),
  add(attribute('member-resource.extra', { type: 'integer', default: 0 })),
  add(attribute('member-resource.quota', { type: 'integer', derive: 'member_resource.extra + resource.base' })),
  add(
    attribute('member-resource.path', {
      ...text,
      derive: "vo.code + user_facility.dir + '/' + string(member_resource.quota)",
    }),
  ),
  add(attribute('member-group.shift', { ...text, default: 'day' })),
  add(
    attribute('member-group.card', {
      ...text,
      derive: "group.code + vo.code + member.role + '-' + member_group.shift",
    }),
  ),
]

/** Everything is given, and telescope and the group of another VO lead to cluster, everybody to archive. */
export async function pairsWorld(pool: Pool): Promise<void> {
  await apply(pool, [
    ...smallWorld(),
    add(document('VO', 'bio', { managers: [{ user: 'idp/root' }], attributes: { code: 'B' } })),
    add(document('Group', 'lab', { attributes: { code: 'l' } }, 'bio')),
    row('add', 'bio/lab', 'idp/linus'),
  ])
  await commitTo(pool, 'VO', 'astro', { attributes: { code: 'A' } })
  await commitTo(pool, 'Group', 'telescope', { attributes: { code: 't' } })
  await commitTo(pool, 'Facility', 'hpc', { attributes: { home: '/home' } })
  const archive = { facility: 'hpc', services: ['passwd'], groups: ['members'] }
  await apply(pool, [add(document('Resource', 'archive', archive, 'astro'))])
}

type Kind = Parameters<typeof stored>[1]

/** Gives a document other keys. */
async function commitTo(pool: Pool, ...[kind, name, spec]: [Kind, string, object]): Promise<void> {
  const have = await stored(pool, kind, name)
  const want = document(kind, name, { ...have.spec, ...spec }, have.vo)
  await apply(pool, [{ ...change(have, want), fields: Object.keys(spec) }])
}

/** What is done to values, members and identities, each as one transaction. */
export function pairsIn(pool: () => Pool) {
  return {
    commit: (kind: Kind, name: string, spec: object) => commitTo(pool(), kind, name, spec),
    /** Sets a value, or takes it away; tells why not. */
    set: async (holder: string, name: string, value?: JsonValue): Promise<string | undefined> => {
      const reference = parseHolder(holder)
      if (reference === undefined) throw new Error(`${holder} is no holder`)
      const requests = [{ holder: reference, name, ...(value === undefined ? {} : { value }) }]
      const input = { requests, reason: 'test', cause, now: tuesday, compileSchema: anyValueFits }
      const [answer] = await inTransaction(pool(), (tx) => changeValues(tx, input))
      return answer !== undefined && 'refused' in answer ? answer.refused.message : undefined
    },
    /** Acts on the membership of a VO, or of a group (`astro/board`). */
    act: async (kind: 'add' | 'remove', user: string, place = 'astro'): Promise<void> => {
      const [vo = '', group] = place.split('/')
      const where = group === undefined ? { vo } : { vo, group }
      const input = { act: kind, ...where, requests: [{ user }], reason: 'test', cause, now: tuesday }
      await inTransaction(pool(), (tx) => actOnMembers(tx, input))
    },
    identity: async (kind: 'add' | 'remove' | 'seen', ref: string, more: object = {}): Promise<void> => {
      const input = { act: kind, requests: [{ identity: ref, ...more }], reason: '', cause, now: tuesday }
      await inTransaction(pool(), (tx) => changeIdentities(tx, input))
    },
  }
}
