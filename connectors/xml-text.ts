const character = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u
const special = /[&<>"'\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Tells whether XML 1.0 can hold a text: there is no way to write most control characters. */
export function isXmlText(text: string): boolean {
  return character.test(text)
}

/** Writes a text for an element or attribute; what is not seen, changes direction or ends a line stands as a number, so that it is kept. */
export function escapeXml(text: string): string {
  return text.replace(special, (one) => `&#x${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()};`)
}
