import fc from 'fast-check'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import { dayOf } from '../../../core/lifecycle/zones.ts'
import type { Desired } from '../../../core/model/state.ts'
import { describeChange } from '../../../core/plan/summary.ts'
import {
  actOnMembers,
  addBans,
  applyChanges,
  changeSponsors,
  inTransaction,
  removeBans,
  runClock,
  takeEpoch,
  type ActInput,
  type BanPlace,
  type Pool,
  type SponsorInput,
} from '../../../store/index.ts'
import { desire, type Member } from '../../support/builders.ts'
import { planApproved, stateOf } from './database-world.ts'
import { documents, zone } from './history-documents.ts'
import { SyncBook, syncStep, type SyncStep } from './history-syncs.ts'

const users = ['idp/ann', 'idp/ben', 'idp/dot', 'idp/cid', 'idp/eve', 'idp/fay']
/** The first of them; what git names, no act takes away. */
const namedInGit = 3
/** What the groups may be called; the second is moved in the tree. */
const firstNames = ['a', 'x'] as const
const movedTo = ['b', 'c:b', undefined] as const
/** Two are named to have guests, as long as git says so; others by their place in a group. */
const sponsors = ['idp/root', 'idp/ann', 'idp/ben', 'idp/fay']
const acts: readonly MemberAct[] = ['add', 'remove', 'extend', 'expires', 'disable', 'enable', 'leave', 'delete']

interface Sponsoring {
  readonly kind: 'sponsor'
  readonly user: number
  readonly sponsor: number
  readonly days: number | null
}

/** One thing that happens. */
export type Step =
  | {
      readonly kind: 'act'
      readonly act: MemberAct
      readonly place: number
      readonly user: number
      readonly days: number | null
    }
  | { readonly kind: 'git'; readonly place: number; readonly user: number; readonly days: number | null }
  | { readonly kind: 'ban'; readonly place: number; readonly user: number; readonly days: number | null }
  | (Pick<SponsorInput, 'act'> & Sponsoring)
  | { readonly kind: 'sponsors'; readonly count: number }
  | { readonly kind: 'wait'; readonly days: number }
  | { readonly kind: 'rename' }
  /** The VO becomes exclusive, or is it no more. */
  | { readonly kind: 'exclusive' }
  /** The first group is renamed, or the second lies elsewhere. */
  | { readonly kind: 'move'; readonly to: number }
  | SyncStep

/** The VO more often than one of its groups, and dates that come soon. */
const one = {
  place: fc.constantFrom(0, 0, 0, 1, 2, 3),
  user: fc.nat(users.length - 1),
  days: fc.constantFrom(null, null, 0, 1, 10, 40),
}
const sponsoring = fc.record({
  kind: fc.constant('sponsor' as const),
  act: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'transfer' as const),
  ...{ user: one.user, sponsor: fc.nat(3), days: one.days },
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('act' as const), act: fc.constantFrom(...acts), ...one }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('git' as const), ...one, user: fc.nat(namedInGit - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ban' as const), ...one }) },
  { weight: 4, arbitrary: sponsoring },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sponsors' as const), count: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.nat(45) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rename' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'exclusive' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), to: fc.nat(3) }) },
  { weight: 6, arbitrary: syncStep },
)

/** Histories to live through one after the other. */
export function randomHistories(numRuns: number, seed: number): Step[][] {
  return fc.sample(fc.array(step, { minLength: 4, maxLength: 9 }), { numRuns, seed })
}

/** A world in which histories happen. */
export interface HistoryWorld {
  /** Lets it happen, and the clock run up to then; says what came of it. */
  take(step: Step): Promise<string>
  now(): Date
  done(): { readonly refused: number }
  /** What the VO and its groups are called now, by place. */
  names(): { readonly vo: string; readonly groups: readonly string[] }
  readonly syncs: SyncBook
  /** What the next commit of the same documents would change. */
  left(): Promise<readonly string[]>
}

const dayMs = 86_400_000
const cause = { actor: 'test' }

/** A VO with rules of expiration, nested and included groups, and two resources; nobody holds anything back. */
export async function openHistory(pool: Pool): Promise<HistoryWorld> {
  let now = new Date('2026-01-05T10:00:00Z')
  let [name, former] = ['astro', 'stars']
  let refused = 0
  let sponsorCount = 2
  let isExclusive = false
  let names: readonly string[] = ['', 'a', 'a:b', 'c']
  let formerNames = names
  const syncs = new SyncBook(pool)
  const named = names.map(() => new Map<string, string | null>())
  const dayIn = (days: number): string => new Date(now.getTime() + days * dayMs).toISOString().slice(0, 10)

  const membersOf = (place: number): Member[] => [
    'idp/root',
    ...[...(named[place] ?? [])].map(([user, expires]) => (expires === null ? user : { user, expires })),
  ]

  const desired = (): Desired => {
    const sponsoring = sponsors.slice(0, sponsorCount)
    return desire(...documents(name, { former, sponsoring, membersOf, names, formerNames, isExclusive }))
  }

  const commit = async (): Promise<void> => {
    for (;;) {
      const { apply, offers } = planApproved(await stateOf(pool), desired(), now)
      const [first] = apply
      if (first === undefined) return
      const epoch = await takeEpoch(pool, [first.scope])
      await inTransaction(pool, (tx) => applyChanges(tx, { ...first, losses: [], epoch, cause, asOf: now, offers }))
    }
  }

  const tick = async (): Promise<void> => {
    for (;;) {
      const { more } = await inTransaction(pool, (tx) => runClock(tx, { vo: name, now, atMost: 2 }))
      if (!more) return
    }
  }

  const act = async (step: Extract<Step, { kind: 'act' }>): Promise<string> => {
    const input = { ...actOf(step, { vo: name, names, dayIn }), reason: 'test', cause, now }
    const [answer] = await inTransaction(pool, (tx) => actOnMembers(tx, input))
    if (answer !== undefined && 'refused' in answer) refused += 1
    return `${step.act} ${users[step.user] ?? ''} in ${names[step.place] ?? ''}: ${JSON.stringify(answer)}`
  }

  const ban = async ({ place, user: who, days }: Extract<Step, { kind: 'ban' }>): Promise<string> => {
    const from: readonly BanPlace[] = [
      { kind: 'vo', vo: name },
      { kind: 'resource', vo: name, name: 'r' },
      { kind: 'resource', vo: name, name: 's' },
      { kind: 'facility', name: 'hpc' },
    ]
    const request = { user: users[who] ?? '', reason: 'test', until: null }
    const input = { place: from[place] ?? { kind: 'vo', vo: name }, requests: [request], cause, now }
    await inTransaction(pool, (tx) => (days === null ? addBans(tx, input) : removeBans(tx, input)))
    return `${days === null ? 'ban' : 'unban'} ${request.user} ${JSON.stringify(input.place)}`
  }

  const sponsor = async ({ act: what, user: who, sponsor: by, days }: Extract<Step, { kind: 'sponsor' }>) => {
    const more =
      what === 'transfer' ? { to: sponsors[(by + 1) % sponsors.length] } : days === null ? {} : { until: dayIn(days) }
    const requests = [{ user: users[who] ?? '', sponsor: sponsors[by] ?? '', ...more }]
    const input = { act: what, vo: name, requests, reason: 'test', cause, now }
    const [answer] = await inTransaction(pool, (tx) => changeSponsors(tx, input))
    if (answer !== undefined && 'refused' in answer) refused += 1
    return `sponsor ${what} ${JSON.stringify(requests)}: ${JSON.stringify(answer)}`
  }

  const toggle = ({ place, user: who, days }: Extract<Step, { kind: 'git' }>): void => {
    const list = named[place]
    const user = users[who] ?? ''
    if (list?.delete(user) === false) list.set(user, days === null ? null : dayIn(days))
  }

  const move = async ({ to }: Extract<Step, { kind: 'move' }>): Promise<string> => {
    formerNames = names
    const [, first = '', second = ''] = names
    const isBelow = second.startsWith(`${first}:`)
    const renamed = to === movedTo.length ? (firstNames.find((one) => one !== first) ?? first) : first
    const place = to === movedTo.length ? (isBelow ? `${renamed}:b` : second) : (movedTo[to] ?? `${renamed}:b`)
    names = ['', renamed, place, 'c']
    await commit()
    formerNames = names
    return `the groups are called ${names.slice(1).join(', ')}`
  }

  const turnExclusive = async (): Promise<string> => {
    isExclusive = !isExclusive
    await commit()
    return `the VO is ${isExclusive ? 'exclusive' : 'open'}`
  }

  const sync = async (step: SyncStep): Promise<string> => {
    const there = isExclusive && step.place === 0 ? { ...step, place: 1 } : step
    return syncs.take(there, { vo: name, groups: names, now, today: dayOf(now, zone), dayIn })
  }

  const take = async (step: Exclude<Step, { kind: 'exclusive' }>): Promise<string> => {
    switch (step.kind) {
      case 'act':
        return act(step)
      case 'ban':
        return ban(step)
      case 'sponsor':
        return sponsor(step)
      case 'sponsors':
        sponsorCount = step.count
        await commit()
        return `git names the sponsors ${sponsors.slice(0, sponsorCount).join(', ')}`
      case 'wait':
        now = new Date(now.getTime() + step.days * dayMs)
        return `${step.days} days go by`
      case 'rename':
        ;[name, former] = [former, name]
        await commit()
        return `the VO is called ${name}`
      case 'git':
        toggle(step)
        await commit()
        return `git names in ${String(names[step.place])}: ${JSON.stringify(membersOf(step.place))}`
      case 'move':
        return move(step)
      case 'sync':
        return sync(step)
    }
  }

  await commit()
  return {
    now: () => now,
    done: () => ({ refused }),
    names: () => ({ vo: name, groups: names }),
    syncs,
    left: async () => {
      const { plan } = planApproved(await stateOf(pool), desired(), now)
      return plan.changes.map((change) => `${change.action} ${describeChange(change)}`)
    },
    take: async (step) => {
      // A minute later, so that nothing begins and ends at one moment.
      now = new Date(now.getTime() + 60_000)
      const told = await (step.kind === 'exclusive' ? turnExclusive() : take(step))
      await tick()
      return `${now.toISOString()} ${told}`
    },
  }
}

/** What a step asks for; what cannot be done to a group is done to the VO. */
function actOf(
  { act, place, user: who, days }: Extract<Step, { kind: 'act' }>,
  {
    vo,
    names,
    dayIn,
  }: { readonly vo: string; readonly names: readonly string[]; readonly dayIn: (days: number) => string },
): Pick<ActInput, 'act' | 'group' | 'requests' | 'vo'> {
  const isOfVo = place === 0 || act === 'disable' || act === 'enable' || act === 'delete'
  const isDated = act === 'expires' || (act === 'add' && days !== null)
  const expires = days === null ? null : dayIn(days)
  const requests = [{ user: String(users[who]), ...(isDated ? { expires } : {}) }]
  return { act, vo, requests, ...(isOfVo ? {} : { group: String(names[place]) }) }
}
