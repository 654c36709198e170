import { requireIdentity } from '../acts/require-identity.ts'
import { named, type CommonOptions } from '../command.ts'

/** Who reads a form or answers it, and in which language. */
export interface ReaderOptions extends CommonOptions {
  readonly as?: string
  readonly language?: string
}

/** The option that names the language. */
export const languageOption = ['--language <language>', 'of what is said, such as cs', named('a language')] as const

/** Reads who it is and in which language. */
export function readerOf({ as: identity, language }: ReaderOptions): {
  readonly identity?: string
  readonly language?: string
} {
  if (identity !== undefined) requireIdentity(identity)
  return { ...(identity !== undefined && { identity }), ...(language !== undefined && { language }) }
}
