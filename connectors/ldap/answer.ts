import { Elements, malformed, tags } from './ber.ts'
import { LdapFailure } from './failure.ts'
import { leastValueBytes, longestEntry } from './limits.ts'

/** What a directory answers: an entry, that some of what was asked is elsewhere, or how a request came to its end. */
export type Answer = FoundEntry | Reference | Result

/** An entry as it came, with its attributes in the directory's order. */
export interface FoundEntry {
  readonly kind: 'entry'
  readonly messageId: number
  readonly name: Buffer
  readonly attributes: readonly { readonly type: string; readonly values: readonly Buffer[] }[]
}

interface Reference {
  readonly kind: 'reference'
  readonly messageId: number
  readonly urls: readonly string[]
}

/** How a request ended. */
export interface Result {
  readonly kind: 'bound' | 'searched' | 'modified' | 'added' | 'deleted' | 'extended'
  readonly messageId: number
  /** The result code of RFC 4511. */
  readonly status: number
  readonly said: string
  /** Where the directory told of pages (RFC 2696): from where the next one goes on, empty after the last. */
  readonly cookie: Buffer | undefined
}

const results: ReadonlyMap<number, Result['kind']> = new Map([
  [0x61, 'bound'],
  [0x65, 'searched'],
  [0x67, 'modified'],
  [0x69, 'added'],
  [0x6b, 'deleted'],
  [0x78, 'extended'],
])
const [entryTag, referenceTag] = [0x64, 0x73]

/** Reads a whole message (RFC 4511) to the letter: whatever is not as it should be is none of it. */
export function readAnswer(message: Buffer): Answer {
  const parts = new Elements(message).enter(tags.sequence)
  const messageId = parts.takeNumber(tags.integer)
  const { tag } = parts
  const operation = parts.enter(tag)
  if (!parts.isAtEnd && parts.tag !== tags.controls) throw malformed()
  if (tag === entryTag) return { kind: 'entry', messageId, ...readFound(operation) }
  if (tag === referenceTag) return { kind: 'reference', messageId, urls: readUrls(operation) }
  const kind = results.get(tag)
  if (kind === undefined) throw malformed()
  return { kind, messageId, ...readResult(operation), cookie: cookieIn(parts) }
}

function readFound(entry: Elements): Pick<FoundEntry, 'attributes' | 'name'> {
  const name = entry.take(tags.octets)
  const list = entry.enter(tags.sequence)
  const attributes: { readonly type: string; readonly values: readonly Buffer[] }[] = []
  const countValue = valueCounter()
  while (!list.isAtEnd) {
    const attribute = list.enter(tags.sequence)
    countValue()
    const type = attribute.takeText(tags.octets)
    attributes.push({ type, values: readValues(attribute.enter(tags.set), countValue) })
  }
  return { name, attributes }
}

function readValues(set: Elements, countValue: () => void): Buffer[] {
  const values: Buffer[] = []
  while (!set.isAtEnd) {
    countValue()
    values.push(set.take(tags.octets))
  }
  return values
}

/** Fails where there are so many values, or attributes, that to hold them would take more than a long entry does. */
function valueCounter(): () => void {
  let count = 0
  return () => {
    count += 1
    if (count > mostValues) throw new LdapFailure('wrong', `an entry has more than ${mostValues} values`)
  }
}

const mostValues = longestEntry / leastValueBytes

function readUrls(list: Elements): string[] {
  const urls: string[] = []
  while (!list.isAtEnd) urls.push(list.takeText(tags.octets))
  return urls
}

/** What may follow, such as referrals, does not change what the code says. */
function readResult(result: Elements): Pick<Result, 'said' | 'status'> {
  const status = result.takeNumber(tags.enumerated)
  result.take(tags.octets)
  return { status, said: result.takeText(tags.octets) }
}

const pagedResults = '1.2.840.113556.1.4.319'

/** What the last part of a message says of pages, if anything. */
function cookieIn(parts: Elements): Buffer | undefined {
  if (parts.isAtEnd) return undefined
  const controls = parts.enter(tags.controls)
  while (!controls.isAtEnd) {
    const control = controls.enter(tags.sequence)
    if (control.takeText(tags.octets) !== pagedResults) continue
    if (control.tag === tags.boolean) control.take(tags.boolean)
    const value = new Elements(control.take(tags.octets)).enter(tags.sequence)
    value.takeNumber(tags.integer)
    return value.take(tags.octets)
  }
  return undefined
}
