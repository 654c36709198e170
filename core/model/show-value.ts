/** Shows a value in a message, on one line and short. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value !== 'string') return JSON.stringify(value)
  return quoted(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}

/** Shows a text in quotes, with nothing in it that is not seen. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(invisible, escape)
}

/** What would not be seen, or would turn what is seen around. */
const invisible = /[\p{Cf}\p{Zl}\p{Zp}\u007F-\u009F]/gu

function escape(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
