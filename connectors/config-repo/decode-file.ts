/** What is wrong with a file as a whole, and where in its text. */
export interface Refusal {
  readonly code: 'file-refused' | 'yaml-invalid' | 'value-unsafe'
  readonly message: string
  readonly offset: number
}

/** A file's text, or why it is not taken. */
export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | ({ readonly kind: 'refused' } & Refusal & { readonly text: string })

const invisible =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|\r(?!\n)/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a file's bytes as UTF-8 text without characters that hide or reorder what a reviewer sees. */
export function decodeFile(bytes: Uint8Array, limitBytes: number): Decoded {
  if (bytes.byteLength > limitBytes) return { kind: 'refused', ...tooLarge(bytes.byteLength, limitBytes), text: '' }
  const text = textOf(bytes)
  if (text === undefined) {
    const message = 'expected UTF-8 text, got other bytes; save the file as UTF-8 without byte order mark'
    return { kind: 'refused', code: 'file-refused', message, offset: 0, text: '' }
  }
  const found = invisible.exec(text)
  if (found === null) return { kind: 'text', text }
  return { kind: 'refused', code: 'value-unsafe', message: hiddenCharacter(found[0]), offset: found.index, text }
}

/** Says that a file is too large to be read. */
export function tooLarge(bytes: number, limitBytes: number): Refusal {
  const message = `the file has ${bytes} bytes, the limit is ${limitBytes}; split it, or name long member lists with membersFrom`
  return { code: 'file-refused', message, offset: 0 }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function hiddenCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `the character U+${code} is not allowed: control, bidirectional and invisible characters hide what a file says; remove it`
}
