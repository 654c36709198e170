import type { Receipt, Snapshot } from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'
import { isSafeFileName } from '../../file-names.ts'
import { HttpsFault } from '../../https/failures.ts'
import type { FaultKind } from '../../https/failures.ts'
import { asObjects, hasMembers } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import type { HttpsReply } from '../../https/sender.ts'
import type { FilesThere } from '../../snapshot-files.ts'

/** Of who knows the method not at all, or not there. */
const unknownMethod: readonly number[] = [405, 501]
const hashPattern = /^[0-9a-f]{64}$/

/** Takes the answer to a delivery for a receipt, or fails and says what it is instead. */
export function readReceipt(reply: HttpsReply, snapshot: Snapshot, givesReceipt: boolean): Receipt {
  const { generation, hash } = snapshot
  if (!isGood(reply)) throw fencedBy(reply, snapshot) ?? refusalOf(reply)
  if (!givesReceipt) return { generation, hash, changed: true }
  const said = parsed(reply.text)
  if (said?.['generation'] === undefined || said['hash'] === undefined)
    throw new HttpsFault(
      'answer-wrong',
      'it accepts but does not say what it installed; have it answer {"generation": …, "hash": …}, or give the option `receipt: none`',
    )
  if (said['generation'] === generation && said['hash'] === hash)
    return { generation, hash, changed: said['changed'] !== false }
  const other = JSON.stringify({ generation: said['generation'], hash: said['hash'] }).slice(0, 200)
  throw new HttpsFault('answer-wrong', `it says that it installed ${other}, which is not what was sent`)
}

/** Fails where a destination would not take a delivery; one that answers only deliveries is taken for good. */
export function requireReady(reply: HttpsReply): void {
  if (!isGood(reply) && !unknownMethod.includes(reply.status)) throw refusalOf(reply)
}

/** Takes the answer to the question what is there. */
export function readFilesThere(reply: HttpsReply): FilesThere {
  if (!isGood(reply)) throw unaskable(reply) ?? refusalOf(reply)
  const said = parsed(reply.text)
  const ours = asObjects(said?.['files'])?.map(fileOf)
  const generation = said?.['generation'] ?? undefined
  if (ours === undefined || !(generation === undefined || isGeneration(generation)))
    throw new HttpsFault(
      'answer-wrong',
      'it does not say what is there; have it answer {"generation": …, "hash": …, "files": [{"path": …, "sha256": …}]}',
    )
  return { generation, ours }
}

function unaskable({ status, words }: HttpsReply): HttpsFault | undefined {
  if (!unknownMethod.includes(status) && status !== 404) return undefined
  return new HttpsFault(
    'refused',
    `it cannot be asked what is there, it answers ${status}${words}; have it answer GET to compare`,
    { facts: { status } },
  )
}

function fileOf({ path, sha256 }: JsonMembers): { readonly path: string; readonly sha256: string } {
  if (typeof path === 'string' && isSafeFileName(path) && typeof sha256 === 'string' && hashPattern.test(sha256))
    return { path, sha256 }
  throw new HttpsFault('answer-wrong', 'it names a file without a plain path, or without a SHA-256 in lower-case hex')
}

function fencedBy(reply: HttpsReply, snapshot: Snapshot): Error | undefined {
  const there = reply.status === 409 ? parsed(reply.text)?.['generation'] : undefined
  if (!isGeneration(there) || there <= snapshot.generation) return undefined
  return refusedSnapshot('FENCED', snapshot, `generation ${there} is there already`)
}

function refusalOf({ status, headers, words }: HttpsReply): HttpsFault {
  const later = headers['retry-after']
  const when = later === undefined ? '' : `, and asks to come again ${whenOf(later)}`
  return new HttpsFault(kindOf(status), `it answers ${status}${when}${words}`, { facts: { status } })
}

/** A disk that is full is a refusal, as of every other destination: whoever runs it has to do something. */
function kindOf(status: number): FaultKind {
  const isPassing = status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 507)
  return isPassing ? 'unreachable' : 'refused'
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function whenOf(later: string): string {
  return /^\d{1,9}$/.test(later) ? `after ${later} s` : `at ${later.slice(0, 40).replace(/[^\x20-\x7e]+/g, ' ')}`
}

function isGood({ status }: HttpsReply): boolean {
  return status >= 200 && status < 300
}

function isGeneration(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function parsed(text: string): JsonMembers | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return hasMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}
