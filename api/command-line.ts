/** Writes a command so that it works as it is typed in the clone; the home is absent where it is the usual one. */
export function commandLine(words: string, home?: string): string {
  return `npx --no-install guildhall ${words}${home === undefined ? '' : ` --home ${quoted(home)}`}`
}

/** One word for a shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
