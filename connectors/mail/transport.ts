/** A mail as it is handed over. */
export interface MailMessage {
  /** Without brackets; the same however often it is tried. */
  readonly messageId: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
  readonly date: Date
}

/** What came of handing a mail over. */
export type MailOutcome =
  | { readonly kind: 'sent'; readonly reply: string }
  /** The server refused it: for ever, or for now. */
  | { readonly kind: 'refused'; readonly isPermanent: boolean; readonly reply: string }
  /** The other side was lost before it could have taken the mail. */
  | { readonly kind: 'unsent'; readonly reply: string }
  /** The other side was lost when it may have taken the mail already. */
  | { readonly kind: 'unknown'; readonly reply: string }
  /** `mayEnd` said no. */
  | { readonly kind: 'stopped' }

/** Hands mails over to somebody who delivers them. */
export interface MailTransport {
  /**
   * Hands one mail over. Before the other side can know that it is whole, `mayEnd` is asked and its answer waited for; what it
   * throws or refuses leaves the mail unsent.
   */
  send(message: MailMessage, mayEnd: () => Promise<boolean>): Promise<MailOutcome>
  /** Lets go of connections. */
  close(): void
}
