/** How we say who asks. */
export type Authorization =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }

/** The value of the `authorization` header. */
export function authorizationHeader(authorization: Authorization): string {
  return authorization.kind === 'bearer' ? `Bearer ${authorization.token}` : `Basic ${basicOf(authorization)}`
}

/** Takes what is secret out of a text that a server answered, in the forms in which it may come back. */
export function withoutSecrets(text: string, authorization: Authorization | undefined): string {
  if (authorization === undefined) return text
  const secret = authorization.kind === 'bearer' ? authorization.token : authorization.password
  const encoded = authorization.kind === 'bearer' ? [] : [basicOf(authorization)]
  const forms = [...encoded, secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
  let shown = text
  for (const form of forms.filter((each) => each !== '')) shown = shown.replaceAll(form, '…')
  return shown
}

function basicOf({ user, password }: { readonly user: string; readonly password: string }): string {
  return Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
}
