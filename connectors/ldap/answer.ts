import { Elements, malformed, numberOf, tags } from './ber.ts'

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
  readonly kind: 'bound' | 'searched' | 'extended'
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
  [0x78, 'extended'],
])
const [entryTag, referenceTag] = [0x64, 0x73]

/** Reads a whole message (RFC 4511) to the letter: whatever is not as it should be is none of it. */
export function readAnswer(message: Buffer): Answer {
  const parts = new Elements(new Elements(message).take(tags.sequence))
  const messageId = numberOf(parts.take(tags.integer))
  const { tag, content } = parts.next()
  if (tag === entryTag) return { kind: 'entry', messageId, ...readFound(new Elements(content)) }
  if (tag === referenceTag) return { kind: 'reference', messageId, urls: readTexts(new Elements(content)) }
  const kind = results.get(tag)
  if (kind === undefined) throw malformed()
  const controls = parts.takeIf(tags.controls)
  return { kind, messageId, ...readResult(new Elements(content)), cookie: controls && cookieIn(new Elements(controls)) }
}

function readFound(parts: Elements): Pick<FoundEntry, 'attributes' | 'name'> {
  const name = parts.take(tags.octets)
  const attributes = new Elements(parts.take(tags.sequence)).takeAll(tags.sequence).map((content) => {
    const attribute = new Elements(content)
    const type = attribute.take(tags.octets).toString('utf8')
    return { type, values: new Elements(attribute.take(tags.set)).takeAll(tags.octets) }
  })
  return { name, attributes }
}

function readTexts(parts: Elements): string[] {
  return parts.takeAll(tags.octets).map((content) => content.toString('utf8'))
}

/** What may follow, such as referrals, does not change what the code says. */
function readResult(parts: Elements): Pick<Result, 'said' | 'status'> {
  const status = numberOf(parts.take(tags.enumerated))
  parts.take(tags.octets)
  return { status, said: parts.take(tags.octets).toString('utf8') }
}

const pagedResults = '1.2.840.113556.1.4.319'

function cookieIn(controls: Elements): Buffer | undefined {
  for (const content of controls.takeAll(tags.sequence)) {
    const control = new Elements(content)
    if (control.take(tags.octets).toString('latin1') !== pagedResults) continue
    control.takeIf(0x01)
    const value = new Elements(new Elements(control.take(tags.octets)).take(tags.sequence))
    value.take(tags.integer)
    return value.take(tags.octets)
  }
  return undefined
}
