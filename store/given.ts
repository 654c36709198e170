/** A key with its text, or nothing where there is no text. */
export function given<K extends string>(key: K, text: string | null | undefined): Partial<Record<K, string>>
export function given(key: string, text: string | null | undefined): Record<string, string> {
  return text === null || text === undefined ? {} : { [key]: text }
}
