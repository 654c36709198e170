/**
 * How it is known that somebody who acts is who they say: `local` is the system user of the machine; what a command says by `--as`
 * is taken as it is given, so whoever is named there is `unauthenticated`; who has a `key` that went to them by mail is whom it went to.
 */
export type Authentication = 'key' | 'local' | 'unauthenticated'

/** Names who acted, and says so where nobody has checked that it was they. */
export function shownActor(actor: string, authentication: Authentication | null | undefined): string {
  return authentication === 'unauthenticated' ? `${actor} (unauthenticated)` : actor
}
