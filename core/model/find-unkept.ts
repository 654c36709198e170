/** Finds what no text of the database can hold, as JSON writes it: a null, or half of a surrogate pair. */
export function findUnkept(value: unknown): string | undefined {
  if (typeof value === 'string') return unkeptIn(value)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = unkeptIn(key) ?? findUnkept(inner)
    if (found !== undefined) return found
  }
  return undefined
}

function unkeptIn(text: string): string | undefined {
  const found = /[\0\p{Cs}]/u.exec(text)?.[0]
  return found === undefined ? undefined : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
}
