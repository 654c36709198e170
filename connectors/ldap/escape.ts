/** Writes a value as a part of a filter (RFC 4515), so that it stands for itself alone; control characters are escaped too. */
export function escapeFilterValue(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f()*\\]/g, hexPair)
}

/** Writes a value as a part of a distinguished name (RFC 4514), so that it stands for itself alone. */
export function escapeDnValue(value: string): string {
  return value
    .replace(/["+,;<=>\\]/g, '\\$&')
    .replace(/[\u0000-\u001f\u007f]/g, hexPair)
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!^\\) $/, '\\ ')
}

function hexPair(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
