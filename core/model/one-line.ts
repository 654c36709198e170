/** In a pattern with the flag u: control characters, line ends, half surrogates, and marks that change how a line looks (bidi, invisible), but for the joiners some scripts need. */
export const unsafeInLine = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}`

const unsafe = new RegExp(unsafeInLine, 'u')

/** What most text is made of, and quickly told. */
const plain = /^[ -~]*$/

/** Tells whether text stays on its line and reads as it is stored. */
export function isOneLine(text: string): boolean {
  return plain.test(text) || !unsafe.test(text)
}
