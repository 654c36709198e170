/** How we say who asks. */
export type Authorization =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }

/** The value of the `authorization` header. */
export function authorizationHeader(authorization: Authorization): string {
  return authorization.kind === 'bearer' ? `Bearer ${authorization.token}` : `Basic ${basicOf(authorization)}`
}

/** What of it is secret, in the forms in which it is sent. */
export function secretsOf(authorization: Authorization | undefined): readonly string[] {
  if (authorization === undefined) return []
  return authorization.kind === 'bearer' ? [authorization.token] : [basicOf(authorization), authorization.password]
}

/** Takes secrets out of a text that a server answered, in the forms in which they may come back. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let shown = text
  for (const form of secrets.flatMap(formsOf)) shown = shown.replaceAll(form, '…')
  return shown
}

function formsOf(secret: string): readonly string[] {
  if (secret === '') return []
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
}

function basicOf({ user, password }: { readonly user: string; readonly password: string }): string {
  return Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
}
