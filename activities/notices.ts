import { minus } from '../core/lifecycle/calendar.ts'
import { isAddress } from '../core/notifications/is-address.ts'
import { chooseTexts, type NotificationEvent, type NotificationTags } from '../core/notifications/default-texts.ts'
import type * as storeModule from '../store/index.ts'
import type { NewMail, Pool, Tx, Untold } from '../store/index.ts'

type Store = Pick<typeof storeModule, 'inTransaction' | 'leaveUntold' | 'lockVos' | 'queueMails' | 'takeUntold'>

export interface NoticeDependencies {
  readonly pool: Pool
  readonly store: Store
  /** Renders a Liquid template. */
  readonly render: (
    template: { readonly name: string; readonly text: string },
    tags: NotificationTags,
  ) => Promise<string>
  /** Told of a template that does not work; our own text is sent instead. */
  readonly onBroken: (facts: { readonly vo: string; readonly event: string; readonly error: unknown }) => void
}

const peopleAtOnce = 500
const dayMs = 24 * 60 * 60_000

/** Makes one mail for each person out of the notices of a VO that nobody was told of; the number of mails. */
export async function tellNotices(
  dependencies: NoticeDependencies,
  { vo, now, signal }: { readonly vo: string; readonly now: Date; readonly signal: AbortSignal },
): Promise<number> {
  const { pool, store } = dependencies
  let mails = 0
  for (;;) {
    signal.throwIfAborted()
    const told = await store.inTransaction(pool, async (tx) => {
      await store.lockVos(tx, [vo], { mode: 'shared' })
      return tellSome(tx, dependencies, { vo, now })
    })
    mails += told.mails
    if (told.people < peopleAtOnce) return mails
  }
}

async function tellSome(
  tx: Tx,
  dependencies: NoticeDependencies,
  { vo, now }: { readonly vo: string; readonly now: Date },
): Promise<{ readonly people: number; readonly mails: number }> {
  const { store } = dependencies
  const untold = await store.takeUntold(tx, { vo, now, atMost: peopleAtOnce })
  const mails: NewMail[] = []
  const unreachable: string[] = []
  for (const one of untold) {
    const { email } = one
    if (email === null || !isAddress(email)) unreachable.push(...[...one.notices, ...one.groups].map(({ id }) => id))
    else mails.push({ ...(await write(dependencies, one)), recipient: email })
  }
  await store.leaveUntold(tx, unreachable)
  return { people: untold.length, mails: await store.queueMails(tx, mails, now) }
}

async function write(
  dependencies: NoticeDependencies,
  { vo, person, user, displayName, language, status, date, today, notices, groups, texts }: Untold,
): Promise<Omit<NewMail, 'recipient'>> {
  const event = `${notices.length === 0 ? 'group' : 'member'}.${date <= today ? 'expired' : 'expiring'}` as const
  const tags: NotificationTags = {
    vo: { name: vo.name, title: vo.title },
    user: { identity: user, displayName },
    membership: {
      ...{ status: status ?? 'deleted', expires: date, lastDay: minus(date, { months: 0, days: 1 }) },
      daysLeft: Math.max(0, Math.round((Date.parse(date) - Date.parse(today)) / dayMs)),
    },
    groups: groupsToName(groups),
  }
  const said = await say(dependencies, { event, own: texts[event], language: language ?? undefined, tags })
  const ofGroups = groups.map((one) => `${one.group}-${one.date}-${one.kind}`)
  const kinds = [...notices.map(({ kind }) => kind), ...ofGroups].sort()
  return {
    key: `expiry/${vo.id}/${person}/${date}/${kinds.join('+')}`,
    ...{ ...said, person, vo: vo.id, notices: [...notices, ...groups].map(({ id }) => id) },
  }
}

/** Each group once, whatever the number of notices. */
function groupsToName(groups: Untold['groups']): NotificationTags['groups'] {
  const byName = new Map(groups.map(({ name, title, date }) => [name, { name, title, date }]))
  return [...byName.values()].map(({ name, title, date }) => ({
    ...{ name, title, expires: date },
    lastDay: minus(date, { months: 0, days: 1 }),
  }))
}

interface Saying {
  readonly event: NotificationEvent
  readonly own: Untold['texts'][string] | undefined
  readonly language: string | undefined
  readonly tags: NotificationTags
}

async function say(
  { render, onBroken }: NoticeDependencies,
  { event, own, language, tags }: Saying,
): Promise<{ readonly subject: string; readonly body: string }> {
  const make = async (texts: { readonly subject: string; readonly text: string }) => ({
    subject: (await render({ name: `${event} subject`, text: texts.subject }, tags)).replace(/\s+/g, ' ').trim(),
    body: await render({ name: event, text: texts.text }, tags),
  })
  const hasGroups = tags.groups.length > 0
  try {
    return await make(chooseTexts(event, { own, language, hasGroups }))
  } catch (error) {
    if (own === undefined) throw error
    onBroken({ vo: tags.vo.name, event, error })
    return make(chooseTexts(event, { own: undefined, language, hasGroups }))
  }
}
