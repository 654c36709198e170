import { setTimeout as sleep } from 'node:timers/promises'
import type { MailOutcome, MailTransport } from '../connectors/mail/transport.ts'
import type * as storeModule from '../store/index.ts'
import type { AttemptEnd, DueMail, Pool } from '../store/index.ts'
import { asActivity } from './border.ts'
import type { Reached } from './crash-point.ts'

type Store = Pick<typeof storeModule, 'endLate' | 'nextMailAt' | 'withMailSender'>

export interface MailDependencies {
  readonly pool: Pool
  readonly store: Store
  /** Undefined where no mail server is named: mail waits. */
  readonly transport: MailTransport | undefined
  /** Makes mails of what people are to be told; tells when there will be more without anybody's doing. */
  readonly write: (input: { readonly now: Date; readonly signal: AbortSignal }) => Promise<Date | undefined>
  readonly reached: Reached
  readonly now: () => number
}

/** What became of the mails that were due. */
export interface MailTurn {
  readonly sent: number
  readonly failed: number
  /** When the next one is to be tried; undefined where none waits. */
  readonly nextAt?: number
}

export type MailActivities = ReturnType<typeof createMailActivities>

const mailsAtOnce = 100
const mailsPerTurn = 1_000
const busyPauseMs = 5_000
const firstPauseMs = 30_000
const longestPauseMs = 60 * 60_000
/** So long what came of a mail is tried to be noted by another connection. */
const lateMs = 10_000
/** After so long a mail that is refused for now has failed. */
const patienceMs = 5 * 24 * 60 * 60_000

/** Builds what `mail/<instance>` calls. */
export function createMailActivities({ pool, store, transport, write, reached, now }: MailDependencies) {
  return {
    /** Sends the mails whose time has come, each at most once, and tells when the next one's comes. */
    sendMails: asActivity(async ({ now: startedAt }: { readonly now: number }, { signal }): Promise<MailTurn> => {
      const turn = { sent: 0, failed: 0 }
      if (transport === undefined) return turn
      const began = now()
      const at = (): Date => new Date(startedAt + now() - began)
      const writeAt = await write({ now: at(), signal })
      let isAlone: boolean | undefined
      try {
        isAlone = await store.withMailSender(pool, at(), async (sender) => {
          while (turn.sent + turn.failed < mailsPerTurn) {
            const mails = await sender.due(at(), mailsAtOnce)
            if (mails.length === 0) break
            for (const mail of mails) {
              signal.throwIfAborted()
              const outcome = await transport.send(await sender.complete(mail), async () => {
                reached('mail.before-ending')
                const may = await sender.begin(mail.id)
                reached('mail.ending')
                return may
              })
              reached('mail.before-noting')
              const end = endOf(mail, outcome, at())
              await sender.end(end).catch((error: unknown) => endLate({ pool, store }, { end, error }))
              turn[outcome.kind === 'sent' ? 'sent' : 'failed'] += 1
            }
          }
          return true
        })
      } finally {
        transport.close()
      }
      const sendAt = await store.nextMailAt(pool)
      // Whoever sends them now will soon be done.
      const earliest = isAlone === true ? 0 : at().getTime() + busyPauseMs
      const next = [
        ...(sendAt === undefined ? [] : [Math.max(sendAt.getTime(), earliest)]),
        ...(writeAt === undefined ? [] : [writeAt.getTime()]),
      ]
      return next.length === 0 ? turn : { ...turn, nextAt: Math.min(...next) }
    }),
  }
}

/** Where the connection is lost the server may be back in a moment, and what came of the mail is known only here. */
async function endLate(
  { pool, store }: Pick<MailDependencies, 'pool' | 'store'>,
  { end, error }: { readonly end: AttemptEnd; readonly error: unknown },
): Promise<void> {
  const until = performance.now() + lateMs
  while (performance.now() < until) {
    const isNoted = await store.endLate(pool, end).then(
      () => true,
      () => false,
    )
    if (isNoted) return
    await sleep(100)
  }
  throw error
}

function endOf({ id, attempts, date }: DueMail, outcome: MailOutcome, at: Date): AttemptEnd {
  switch (outcome.kind) {
    case 'sent':
      return { id, at, state: 'sent', reply: outcome.reply }
    case 'unknown':
      return { id, at, state: 'unknown', reply: outcome.reply }
    case 'stopped':
      return { id, at, state: 'overtaken', reply: 'the membership has another end by now' }
    case 'refused':
    case 'unsent': {
      const isOver = outcome.kind === 'refused' && outcome.isPermanent
      if (isOver || at.getTime() - date.getTime() > patienceMs) return { id, at, state: 'failed', reply: outcome.reply }
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts, 10))
      return { id, at, state: 'queued', reply: outcome.reply, nextAt: new Date(at.getTime() + pause) }
    }
  }
}
