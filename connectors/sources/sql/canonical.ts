/** What a column holds, as far as databases write it differently. */
export type ColumnKind = 'text' | 'boolean' | 'number' | 'time' | 'timestamp' | 'instant'

const numeral = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const moment = /^(\d{4,6}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d))?(?:[.,](\d+))?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/
const truths: Readonly<Record<string, string>> = {
  t: 'true',
  true: 'true',
  1: 'true',
  f: 'false',
  false: 'false',
  0: 'false',
}

/** Writes a value in the one way all databases share; what does not look like its kind stays as it is. */
export function canonical(kind: ColumnKind, text: string): string {
  switch (kind) {
    case 'text':
      return text
    case 'boolean':
      return truths[text.toLowerCase()] ?? canonicalNumber(text)
    case 'number':
      return canonicalNumber(text)
    case 'time':
      return text.replace(/\.(\d*?)0+$/, (_, digits: string) => (digits === '' ? '' : `.${digits}`))
    case 'timestamp':
      return canonicalMoment(text, '')
    case 'instant':
      return canonicalMoment(text, 'Z')
  }
}

/** Digits alone: no exponent, no sign but a minus, no zeros that say nothing. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] = numeral.exec(text) ?? []
  if (whole + part === '') return text
  const value = withPoint(whole + part, whole.length + Number(exponent))
  return sign === '-' && value !== '0' ? `-${value}` : value
}

/** The number of these digits with its point before the digit at this index, which may lie outside them. */
function withPoint(digits: string, point: number): string {
  const padded = '0'.repeat(Math.max(0, -point)) + digits
  const at = Math.max(0, point)
  const integer = padded.slice(0, at).padEnd(at, '0').replace(/^0+/, '')
  const fraction = padded.slice(at).replace(/0+$/, '')
  return (integer === '' ? '0' : integer) + (fraction === '' ? '' : `.${fraction}`)
}

/** ISO 8601; a moment with a zone, or of a column whose moments are in UTC, is told in UTC. */
function canonicalMoment(text: string, zone: '' | 'Z'): string {
  const [, day, minutes, seconds = '00', fraction = '', said = zone] = moment.exec(text) ?? []
  if (day === undefined || minutes === undefined) return text
  const local = `${day}T${minutes}:${seconds}`
  const digits = fraction.replace(/0+$/, '')
  const rest = digits === '' ? '' : `.${digits}`
  if (said === '') return local + rest
  return inUtc(local, said) + rest + 'Z'
}

function inUtc(local: string, zone: string): string {
  const [, sign, hours = '00', minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  const shiftMinutes = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? 1 : -1)
  const then = new Date(`${local}Z`)
  if (shiftMinutes === 0 || Number.isNaN(then.getTime())) return local
  return new Date(then.getTime() + shiftMinutes * 60_000).toISOString().slice(0, 19)
}
