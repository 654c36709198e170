const host = '[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(?::[0-9]{1,5})?'
const path = '/(?!.*(?:^|/)\\.\\.(?:/|$))[A-Za-z0-9._~%+@-][A-Za-z0-9._~%+@/-]*'
const https = new RegExp(`^https://${host}${path}$`)
const ssh = new RegExp(`^ssh://(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?${host}${path}$`)
const scpLike = /^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9_~][A-Za-z0-9._~/-]*$/

const refForm = /^(?!-)(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|\/\.))[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,199}(?<![./])$/

/** How git reaches a repository at this address; undefined for what git could take for something else than one. */
export function protocolOf(url: string): 'https' | 'ssh' | undefined {
  if (https.test(url)) return 'https'
  return ssh.test(url) || scpLike.test(url) ? 'ssh' : undefined
}

/** Tells whether a text is a branch's name, and nothing else to git. */
export function isBranch(name: string): boolean {
  return refForm.test(name)
}
