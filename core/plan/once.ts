/** Makes a value when it is first asked for. */
export function once<T>(make: () => T): () => T {
  const made = remember(make)
  return () => made('')
}

/** Makes a value by name when it is first asked for. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly value: T }>()
  return (name) => {
    const known = made.get(name)
    if (known !== undefined) return known.value
    const value = make(name)
    made.set(name, { value })
    return value
  }
}
