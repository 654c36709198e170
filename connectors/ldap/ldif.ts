/** What may stand in LDIF as it is (SAFE-STRING of RFC 2849), without control characters and spaces at the end. */
const plain = /^(?:[!-9;=-~](?:[ -~]*[!-~])?)?$/
const widest = 76

/** Writes an entry in LDIF (RFC 2849), with the empty line that ends it. */
export function ldifEntry(dn: string, values: Iterable<readonly [attribute: string, value: string]>): string {
  let text = ldifLine('dn', dn)
  for (const [attribute, value] of values) text += ldifLine(attribute, value)
  return `${text}\n`
}

/** Writes one value, in base64 where its text could be read as something else, over several lines where it is long. */
function ldifLine(attribute: string, value: string): string {
  const line = plain.test(value) ? `${attribute}: ${value}` : `${attribute}:: ${Buffer.from(value).toString('base64')}`
  return line.length <= widest ? `${line}\n` : `${folded(line)}\n`
}

/** Each further line begins with a space, which is no part of the value. */
function folded(line: string): string {
  const parts = [line.slice(0, widest)]
  for (let from = widest; from < line.length; from += widest - 1) parts.push(line.slice(from, from + widest - 1))
  return parts.join('\n ')
}
