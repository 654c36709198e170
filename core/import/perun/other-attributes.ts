import type { Notes } from '../imported.ts'
import { beansOf, innerList, numberIn, type Bean, type Call } from './beans.ts'
import { tellDropped, type Dropped } from './dropped.ts'
import { isBuiltIn, isDayOfMember } from './perun-attributes.ts'
import { holderOf, ofAttribute } from './things.ts'

/** Attributes that came with people, with members, and of what else was asked for. */
interface Attributes {
  /** By the id of the user. */
  readonly ofPeople: ReadonlyMap<number, readonly Bean[]>
  /** That gave members. */
  readonly members: readonly Call[]
  /** That gave attributes. */
  readonly calls: readonly Call[]
  /** The namespace whose logins are `user.login`. */
  readonly namespace: string | undefined
}

/** Tells of the attributes with values of which nothing is taken, but for those of things. */
export function tellOtherAttributes({ ofPeople, members, calls, namespace }: Attributes, notes: Notes): void {
  tellDropped(
    [
      ...[...ofPeople].flatMap(([id, beans]) => {
        const others = beans.filter((bean) => holderOf(bean) !== 'user' && !isBuiltIn(bean, namespace))
        return valuesOf(others, { of: String(id), who: 'people' })
      }),
      ...members.flatMap((call) => beansOf([call], notes).flatMap((member) => ofMember(member, call))),
      ...calls.flatMap((call) => ofOthers(call, notes)),
    ],
    notes,
  )
}

/** Of members without their group, nothing of groups is taken. */
function ofMember(member: Bean, { asked }: Call): Dropped[] {
  const others = innerList(member, 'memberAttributes').filter((bean) => {
    const holder = holderOf(bean)
    const isTaken = holder === 'member' || (holder === 'member_group' && asked.has('group'))
    return !isTaken && !isDayOfMember(bean)
  })
  return valuesOf(others, { of: String(numberIn(member, 'id') ?? ''), who: 'members' })
}

/** What is asked of two things together gives the attributes of each, and of the pair. */
function ofOthers(call: Call, notes: Notes): Dropped[] {
  const asked = [...call.asked].map(([by, id]) => `${by} ${id}`).join(' ')
  const others = beansOf([call], notes).filter((bean) => {
    const holder = holderOf(bean)
    if (holder === undefined) return !call.asked.has('user')
    return ofAttribute(bean, call.asked) === undefined
  })
  return others.flatMap((bean) => {
    const who = holderOf(bean) ?? 'what has no namespace'
    return valuesOf([bean], { of: asked, who })
  })
}

interface Whose {
  /** One of them. */
  readonly of: string
  /** All of them, in a note. */
  readonly who: string
}

function valuesOf(beans: readonly Bean[], { of, who }: Whose): Dropped[] {
  return beans.flatMap((bean) => {
    const { friendlyName, value = null } = bean.value
    if (typeof friendlyName !== 'string' || value === null) return []
    return [{ bean, of, what: `attribute ${friendlyName.slice(0, 100)}`, why: `of ${who} it is not taken` }]
  })
}
