import type { Notes } from '../imported.ts'
import { beansOf, inner, innerList, numberIn, type Bean, type Call } from './beans.ts'
import type { Given } from './calls.ts'
import { isBuiltIn, isDayOfMember } from './perun-attributes.ts'
import { ofAttribute, type Of } from './things.ts'

/** An attribute as Perun tells it, and of what. */
export interface Told {
  readonly bean: Bean
  readonly of: Of
}

interface Telling {
  readonly callsOf: (given: Given) => readonly Call[]
  /** The namespace whose logins are `user.login`. */
  readonly namespace: string | undefined
}

type TellsOf = (bean: Bean, asked: Call['asked']) => readonly Told[]

/** The answers that tell attributes, and which ones a bean of each tells. */
const answers: readonly (readonly [Given, TellsOf])[] = [
  ['attributes', (attribute, asked) => toldOf([attribute], asked)],
  ['groups', carriedByGroup],
  ['assigned', carriedByAssignment],
  ['members', carriedByMember],
  ['groupMembers', carriedByMember],
  ['users', carriedByUser],
]

/** Lists the attributes of things that were asked for, then those that other answers carry along; without those that are built in here. */
export function toldAttributes({ callsOf, namespace }: Telling, notes: Notes): Told[] {
  const all = answers.flatMap(([given, told]) =>
    callsOf(given).flatMap((call) => beansOf([call], notes).flatMap((bean) => told(bean, call.asked))),
  )
  return all.filter(({ bean, of }) => of.thing !== 'user' || !isBuiltIn(bean, namespace))
}

function carriedByGroup(group: Bean): Told[] {
  return toldOf(innerList(group, 'attributes'), idsOf({ group: numberIn(group, 'id') }))
}

function carriedByAssignment(bean: Bean, asked: Call['asked']): Told[] {
  const enriched = inner(bean, 'enrichedGroup')
  if (enriched === undefined) return []
  const group = numberIn(inner(enriched, 'group') ?? enriched, 'id')
  return toldOf(innerList(enriched, 'attributes'), idsOf({ group, resource: asked.get('resource') }))
}

function carriedByMember(member: Bean, asked: Call['asked']): Told[] {
  const carried = innerList(member, 'memberAttributes').filter((bean) => !isDayOfMember(bean))
  return [
    ...toldOf(carried, idsOf({ member: numberIn(member, 'id'), group: asked.get('group') })),
    ...carriedByUser(member),
  ]
}

/** Members carry the attributes of their user along. */
function carriedByUser(bean: Bean): Told[] {
  const user = numberIn(inner(bean, 'user') ?? bean, 'id')
  return toldOf(innerList(bean, 'userAttributes'), idsOf({ user }))
}

function idsOf(ids: Readonly<Record<string, number | undefined>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(ids).flatMap(([by, id]) => (id === undefined ? [] : [[by, id] as const])))
}

function toldOf(attributes: readonly Bean[], ids: ReadonlyMap<string, number>): Told[] {
  return attributes.flatMap((bean) => {
    const of = ofAttribute(bean, ids)
    return of === undefined ? [] : [{ bean, of }]
  })
}
