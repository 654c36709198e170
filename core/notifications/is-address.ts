/** Tells one address, with nothing in it that a header or an envelope could be broken with. */
export function isAddress(text: string): boolean {
  return /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(text)
}
