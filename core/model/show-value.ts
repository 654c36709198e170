/** Shows a value in a message, on one line and short. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value !== 'string') return JSON.stringify(value)
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
