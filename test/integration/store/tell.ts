import { tellNotices } from '../../../activities/notices.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import type { Pool } from '../../../store/index.ts'

interface Telling {
  readonly vo: string
  readonly now: Date
  readonly onBroken?: (facts: { readonly event: string }) => void
  readonly render?: typeof renderTemplate
}

/** Lets the clock of a VO come so far and tells people, as the activity does. */
export async function runAndTell(pool: Pool, telling: Telling): Promise<void> {
  const { vo, now } = telling
  for (;;) {
    const step = await store.inTransaction(pool, (tx) => store.runClock(tx, { vo, now, atMost: 100 }))
    if (!step.more) break
  }
  await tell(pool, telling)
}

/** Tells people what waits, as the activity does. */
export async function tell(
  pool: Pool,
  { vo, now, onBroken = () => undefined, render = renderTemplate }: Telling,
): Promise<void> {
  const signal = new AbortController().signal
  await tellNotices({ pool, store, render, onBroken }, { vo, now, signal })
}
