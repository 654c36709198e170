import type { AttributeSpec } from '../../schemas/generated/config.ts'

/** Attributes that need no document. */
export const builtInAttributes: Readonly<Record<string, AttributeSpec>> = {
  'user.login': { type: 'string', unique: true, read: ['everyone'], write: ['nobody'] },
  'user.displayName': { type: 'string', read: ['everyone'], write: ['self'] },
  'user.email': { type: 'string', read: ['self', 'vo-managers'], write: ['self'] },
  'user.sshKeys': { type: 'array', read: ['everyone'], write: ['self'] },
}

const loginForm = /^(?![0-9]+$)[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/

/** Tells whether a text may be a user.login: safe in a passwd line, and not mistaken for a number. */
export function isLogin(text: string): boolean {
  return loginForm.test(text)
}
