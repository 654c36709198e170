import { isAddress } from '../core/notifications/is-address.ts'
import type * as storeModule from '../store/index.ts'
import type { NewMail, Pool, Tx, Untold } from '../store/index.ts'
import { eventOf, mailKeyOf, tagsOf } from './notice-mail.ts'
import { say, type Saying, type Wording } from './say.ts'

type Store = Pick<
  typeof storeModule,
  'inTransaction' | 'leaveUntold' | 'lockVos' | 'noticesOf' | 'queueMails' | 'takeUntold'
>

export interface NoticeDependencies extends Wording {
  readonly pool: Pool
  readonly store: Store
}

const peopleAtOnce = 500

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
    if (email === null || !isAddress(email)) unreachable.push(...store.noticesOf(one))
    else mails.push({ ...(await write(dependencies, one)), recipient: email })
  }
  await store.leaveUntold(tx, unreachable)
  return { people: untold.length, mails: await store.queueMails(tx, mails, now) }
}

async function write(dependencies: NoticeDependencies, untold: Untold): Promise<Omit<NewMail, 'recipient'>> {
  const { vo, person, languages, texts } = untold
  const event = eventOf(untold)
  const saying: Saying = {
    ...{ event, vo: vo.name, tags: tagsOf(untold) },
    ...{ own: texts.filter((one) => one.event === event), languages },
  }
  const said = await say(dependencies, saying)
  return { ...said, key: mailKeyOf(untold), person, vo: vo.id, notices: dependencies.store.noticesOf(untold) }
}
