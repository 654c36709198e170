import { functions } from './functions.ts'

const words: Readonly<Record<string, string>> = {
  limit_exceeded: 'it is too long, or nested too deeply',
  division_by_zero: 'it divides by zero',
  modulo_by_zero: 'it divides by zero',
  numeric_overflow: 'a number is too large',
}

/** Says in our words what the package says of an expression. */
export function explainError(code: string, summary: string): string {
  const known = words[code]
  if (known !== undefined) return known
  const text = summary
    .replace(/\$user\b/g, 'user')
    .replace(/\$member\b/g, 'member')
    .replace(/guildhall(\w+)/g, lowerFirst)
  switch (code) {
    case 'no_such_overload':
      return `cannot compute ${text.replace(/^no such overload: /, '"')}": these types do not go together`
    case 'no_matching_overload':
      return `${text.replace(/^found no matching overload for/, 'cannot call')}${usage(text)}`
    default:
      return text.charAt(0).toLowerCase() + text.slice(1)
  }
}

function lowerFirst(_: string, name: string): string {
  return (
    { Matches: 'matches', Split: 'split', Join: 'join', Lower: 'lowerAscii', Upper: 'upperAscii', Replace: 'replace' }[
      name
    ] ?? name
  )
}

function usage(text: string): string {
  const name = /(\w+)\(/.exec(text)?.[1] ?? ''
  return Object.hasOwn(functions, name) ? `; expected ${functions[name] ?? ''}` : ''
}
