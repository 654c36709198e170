/** A text by language. */
export type Texts = Readonly<Record<string, string>>

/** What a mail about an event says, as Liquid templates by language. */
export interface NotificationTexts {
  readonly subject: Texts
  readonly text: Texts
}
