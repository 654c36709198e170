import { unsponsored } from '../../../core/lifecycle/acts/sponsoring.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockPeopleOf, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { findMissing } from '../../queries/not-in-force.ts'
import type { Acting } from '../held/change-or-hold.ts'
import { findSet } from '../memberships/read-standing.ts'
import { missingRight } from '../memberships/rights.ts'
import { unknownIdentities } from '../unknown-identities.ts'
import type { SponsorAnswer, SponsorOn } from './change-sponsors.ts'
import { sponsorInVo } from './sponsor-in-vo.ts'

/** Guests whom others take over, in whatever VOs. */
export interface TransferInput extends Acting {
  readonly requests: readonly TransferOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
}

/** Whose guests go to whom: one of them or all, in one VO or in every one; `reason` goes before that of all. */
export interface TransferOn {
  readonly sponsor: IdentityRef
  readonly to: IdentityRef
  readonly user?: IdentityRef | undefined
  readonly vo?: string | undefined
  readonly reason?: string | undefined
}

/** What came of one guest in one VO; without a guest, that the sponsor has none. */
export type TransferAnswer =
  | (SponsorAnswer & { readonly vo: string | null })
  | {
      readonly vo: string | null
      readonly user: null
      readonly sponsor: IdentityRef
      readonly refused?: Extract<SponsorAnswer, { readonly refused: object }>['refused']
    }

/**
 * Lets others take over guests, in the caller's transaction: whom a line is about is asked before anything is changed. What one VO
 * refuses or the guard holds there keeps back none of the others. The answers go by requests, VOs and guests. Throws
 * IDENTITY_UNKNOWN where nobody has the identity of who acts, VO_BUSY.
 */
export async function transferGuests(tx: Tx, input: TransferInput): Promise<TransferAnswer[]> {
  const { requests } = input
  const concerned = await findGuests(tx, requests)
  const vos = new Set([...concerned.map(({ vo }) => vo), ...requests.flatMap(({ vo }) => vo ?? [])])
  await lockVos(tx, [...vos], { mode: 'shared' })
  // Who became a guest since in a VO that is not locked is one of after this.
  const guests = (await findGuests(tx, requests)).filter(({ vo }) => vos.has(vo))
  await lockPeopleOf(
    tx,
    guests.map(({ user }) => user),
  )
  const placed = new Set(guests.map(({ place }) => place))
  const others = requests.flatMap((request, place) => (placed.has(place) ? [] : [{ request, place }]))
  const answers = [...(await answerWithoutGuest(tx, others)), ...(await transferInVos(tx, input, guests))]
  return answers.sort((one, other) => one.place - other.place).map(({ answer }) => answer)
}

interface Placed {
  /** Of the request. */
  readonly place: number
  readonly answer: TransferAnswer
}

interface FoundGuest {
  readonly place: number
  readonly vo: string
  readonly user: IdentityRef
}

/** Finds the guests whom requests are about; one that is named also where the sponsorship is over, which is then told. */
async function findGuests(tx: Tx, requests: readonly TransferOn[]): Promise<readonly FoundGuest[]> {
  const { rows } = await tx.query<FoundGuest>(
    `select r.place::integer - 1 as place, vo.name as vo, coalesce(r.guest, p.identities[1]) as "user"
     from unnest($1::text[], $2::text[], $3::text[]) with ordinality as r(sponsor, guest, vo, place)
     join identity i on i.ref = r.sponsor
     left join identity g on g.ref = r.guest
     join sponsorship s on s.sponsor_id = i.person_id
       and case when r.guest is null then s.status = 'VALID' else s.person_id = g.person_id end
     join vo on vo.id = s.vo_id and vo.name = coalesce(r.vo, vo.name)
     join person p on p.id = s.person_id and p.identities <> '{}'
     order by 1, 2, 3`,
    [
      requests.map(({ sponsor }) => sponsor),
      requests.map(({ user }) => user ?? null),
      requests.map(({ vo }) => vo ?? null),
    ],
  )
  return rows
}

async function transferInVos(tx: Tx, input: TransferInput, guests: readonly FoundGuest[]): Promise<Placed[]> {
  const placed: Placed[] = []
  const byVo = [...groupBy(guests, ({ vo }) => vo)].sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [vo, own] of byVo) {
    const asked = own.flatMap(({ place, user }) => {
      const request = input.requests[place]
      if (request === undefined) return []
      const { sponsor, to, reason } = request
      return [{ place, user, sponsor, to, reason }]
    })
    const answers = await transferInVo(tx, input, { vo, asked })
    asked.forEach(({ place }, index) => {
      const answer = answers[index]
      if (answer !== undefined) placed.push({ place, answer: { vo, ...answer } })
    })
  }
  return placed
}

interface AskedInVo {
  readonly vo: string
  readonly asked: readonly SponsorOn[]
}

async function transferInVo(tx: Tx, input: TransferInput, { vo, asked }: AskedInVo): Promise<SponsorAnswer[]> {
  const { reason, cause, now } = input
  const notAllowed = await readRight(tx, input, { vo, asked })
  const requests = asked.filter(({ sponsor }) => notAllowed(sponsor) === undefined)
  const set = await findSet(tx, { vo, group: undefined, now })
  const done = await sponsorInVo(tx, {
    ...{ input: { act: 'transfer', vo, requests, reason, cause, now }, set, isSingle: false },
  })
  const answers = new Map(requests.map((request, index) => [request, done[index]]))
  return asked.flatMap((request) => {
    const { user, sponsor } = request
    const refused = notAllowed(sponsor)
    return refused === undefined ? (answers.get(request) ?? []) : [{ user, sponsor, refused }]
  })
}

type Refused = Extract<SponsorAnswer, { readonly refused: object }>['refused']

/** Who may not act on all guests of a VO may pass on their own. */
async function readRight(
  tx: Tx,
  { actor }: TransferInput,
  { vo, asked }: AskedInVo,
): Promise<(sponsor: IdentityRef) => Refused | undefined> {
  if (actor === undefined) return () => undefined
  const users = [...new Set(asked.map(({ sponsor }) => sponsor))]
  const wish = { actor, place: { kind: 'vo', vo }, users, right: 'memberships', isForOneself: true } as const
  const missing = await missingRight(tx, { ...wish, oneself: 'the sponsor' })
  if (missing === undefined) return () => undefined
  const { rows } = await tx.query<{ ref: IdentityRef }>(
    'select ref from identity where person_id = (select person_id from identity where ref = $1)',
    [actor],
  )
  const own = new Set(rows.map(({ ref }) => ref))
  const { reason, message } = missing
  return (sponsor) => (own.has(sponsor) ? undefined : { reason, message })
}

interface WithoutGuest {
  readonly request: TransferOn
  readonly place: number
}

/** Answers requests that are about nobody: who or what they name is not there, or the sponsor has no such guest. */
async function answerWithoutGuest(tx: Tx, asked: readonly WithoutGuest[]): Promise<Placed[]> {
  const named = asked.flatMap(({ request: { sponsor, to, user } }) => [
    sponsor,
    to,
    ...(user === undefined ? [] : [user]),
  ])
  const { rows } = await tx.query<{ ref: IdentityRef }>('select ref from identity where ref = any($1)', [named])
  const known = new Set(rows.map(({ ref }) => ref))
  const unknown = await unknownIdentities(tx, { asked: named, known })
  const vos = await unknownVos(
    tx,
    asked.flatMap(({ request: { vo } }) => vo ?? []),
  )
  return asked.map(({ request, place }) => {
    const { sponsor, to, user, vo = null } = request
    const stranger = [sponsor, ...(user === undefined ? [] : [user]), to].find((identity) => !known.has(identity))
    const refused = vos.get(vo ?? '') ?? (stranger === undefined ? undefined : unknown(stranger))
    if (user !== undefined) return { place, answer: { vo, user, sponsor, refused: refused ?? unsponsored } }
    return { place, answer: { vo, user: null, sponsor, ...(refused === undefined ? {} : { refused }) } }
  })
}

async function unknownVos(tx: Tx, names: readonly string[]): Promise<ReadonlyMap<string, Refused>> {
  const { rows } = await tx.query<{ name: string }>(
    'select name from unnest($1::text[]) as asked(name) where not exists (select from vo where vo.name = asked.name)',
    [[...new Set(names)]],
  )
  const missing = new Map<string, Refused>()
  for (const { name } of rows) {
    const found = await findMissing(tx, { kind: 'vo', vo: name })
    if (found !== undefined)
      missing.set(name, { reason: 'vo-unknown', message: `${found.what} is not in force${found.hint}` })
  }
  return missing
}
