import { tellNotices } from '../../../activities/notices.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import type { Pool } from '../../../store/index.ts'

interface Telling {
  readonly vo: string
  readonly now: Date
  readonly onBroken?: (facts: { readonly event: string }) => void
}

/** Lets the clock of a VO come so far and tells people, as the activity does. */
export async function runAndTell(pool: Pool, { vo, now, onBroken = () => undefined }: Telling): Promise<void> {
  for (;;) {
    const step = await store.inTransaction(pool, (tx) => store.runClock(tx, { vo, now, atMost: 100 }))
    if (!step.more) break
  }
  const signal = new AbortController().signal
  await tellNotices({ pool, store, render: renderTemplate, onBroken }, { vo, now, signal })
}
