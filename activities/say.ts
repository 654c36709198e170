import { chooseTexts, type Reading } from '../core/notifications/choose-texts.ts'
import type { NotificationEvent } from '../core/notifications/events.ts'
import type { JsonObject } from '../core/model/json.ts'

/** How mails get their words. */
export interface Wording {
  /** Renders a Liquid template. */
  readonly render: (template: { readonly name: string; readonly text: string }, tags: JsonObject) => Promise<string>
  /** Told of a template that does not work; our own text is sent instead. */
  readonly onBroken: (facts: { readonly vo: string; readonly event: string; readonly error: unknown }) => void
}

/** What is to be said, and who reads it. */
export interface Saying extends Omit<Reading, 'tags'> {
  readonly event: NotificationEvent
  /** Empty where it is about no VO. */
  readonly vo: string
  readonly tags: JsonObject & Reading['tags']
}

/** Says it in the words of the VO, of the instance or, where those cannot be rendered, in our own. */
export async function say(
  { render, onBroken }: Wording,
  { event, vo, own, languages, tags }: Saying,
): Promise<{ readonly subject: string; readonly body: string }> {
  const make = async (texts: { readonly subject: string; readonly text: string }) => ({
    subject: oneLine(await render({ name: `${event} subject`, text: texts.subject }, tags)),
    body: printable(await render({ name: event, text: texts.text }, tags)),
  })
  try {
    return await make(chooseTexts(event, { own, languages, tags }))
  } catch (error) {
    if (own.length === 0) throw error
    onBroken({ vo, event, error })
    return make(chooseTexts(event, { own: [], languages, tags }))
  }
}

const longestSubject = 500

function oneLine(text: string): string {
  const line = printable(text).replace(/\s+/g, ' ').trim()
  return Array.from(line).slice(0, longestSubject).join('')
}

/** What tags bring along moves no cursor, turns no text around and ends no line but by a line feed. */
function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
