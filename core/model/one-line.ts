/** Control characters, line ends, half surrogates, and marks that change how a line looks (bidi, invisible), but for the joiners some scripts need. */
const unsafeInLine = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u

/** What most text is made of, and quickly told. */
const plain = /^[ -~]*$/

/** Tells whether text stays on its line and reads as it is stored. */
export function isOneLine(text: string): boolean {
  return plain.test(text) || !unsafeInLine.test(text)
}
