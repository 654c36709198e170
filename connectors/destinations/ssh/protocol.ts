import { GuildhallError } from '../../../core/errors.ts'
import type { DeliveryContext, Receipt, Snapshot } from '../../destination.ts'
import { isSafeFileName } from '../../file-names.ts'
import { said } from '../../said.ts'
import type { FilesThere } from '../../snapshot-files.ts'
import { converse } from './channel.ts'
import type { Channel } from './channel.ts'

/** The first line of every conversation; a receiver of another version refuses it. */
const greeting = 'guildhall 1\n'
const hashPattern = /^[0-9a-f]{64}$/

/** Sends a snapshot; the receiver installs it once it has read the last line. */
export async function sendSnapshot(channel: Channel, snapshot: Snapshot, context: SendContext): Promise<Receipt> {
  const answer = await converse(channel, () => message(snapshot, context), context.signal)
  const [word, ...rest] = answer.trimEnd().split(' ')
  const isDone =
    (word === 'installed' || word === 'same') && rest.join(' ') === `${snapshot.generation} ${snapshot.hash}`
  if (isDone) return { generation: snapshot.generation, hash: snapshot.hash, changed: word === 'installed' }
  if (word === 'older') {
    const { generation, service, facility } = snapshot
    const reason = `generation ${rest.join(' ')} is there already`
    throw new GuildhallError(
      'FENCED',
      `Cannot deliver generation ${generation} of "${service}" for "${facility}": ${reason}`,
      {
        facts: { facility, service, generation },
      },
    )
  }
  throw unexpected(answer, channel)
}

/** A delivery's context with the digests of the files, which go out before the files do. */
export interface SendContext extends DeliveryContext {
  readonly digests: readonly string[]
}

/** Asks the receiver whether it could take a delivery. */
export async function sendCheck(channel: Channel, signal: AbortSignal): Promise<void> {
  const answer = await converse(channel, () => only(`${greeting}check\n`), signal)
  if (answer !== 'ready 1\n') throw unexpected(answer, channel)
}

/** Asks the receiver what is there. */
export async function sendObserve(channel: Channel, service: string, signal: AbortSignal): Promise<FilesThere> {
  const answer = await converse(channel, () => only(`${greeting}observe ${service}\n`), signal)
  const [first = '', ...lines] = answer.split('\n')
  const generation = /^generation (none|\d{1,15})$/.exec(first)?.[1]
  if (generation === undefined || lines.at(-2) !== 'end') throw unexpected(answer, channel)
  const files = lines.slice(0, -2).map((line) => readFileLine(line) ?? refuseLine(answer, channel))
  return { generation: generation === 'none' ? undefined : Number(generation), ours: files }
}

async function* message(snapshot: Snapshot, context: SendContext): AsyncGenerator<Uint8Array> {
  const { facility, service, generation, hash, files } = snapshot
  const listed = files.map(({ path, size }, index) => `file ${size} ${context.digests[index] ?? ''} ${path}\n`)
  yield Buffer.from(
    `${greeting}deliver ${facility} ${service} ${generation} ${hash} ${files.length}\n${listed.join('')}`,
  )
  for (const { path } of files) yield* snapshot.read(path)
  context.reached('delivery.during')
  yield Buffer.from('end\n')
}

async function* only(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function readFileLine(line: string): { path: string; sha256: string } | undefined {
  const [word, sha256 = '', path = ''] = line.split(' ')
  return word === 'file' && hashPattern.test(sha256) && isSafeFileName(path) ? { path, sha256 } : undefined
}

function refuseLine(answer: string, channel: Channel): never {
  throw unexpected(answer, channel)
}

function unexpected(answer: string, channel: Channel): GuildhallError {
  const [line = ''] = answer.split('\n')
  if (line.startsWith('refused ')) {
    return new GuildhallError('DELIVERY_REFUSED', `The receiver refused: ${said(line.slice('refused '.length))}`)
  }
  if (line === 'busy')
    return new GuildhallError('DELIVERY_REFUSED', 'The receiver is busy with another delivery; it is tried again')
  const words = said(line === '' ? channel.complaint() : line)
  return new GuildhallError(
    'DESTINATION_UNREACHABLE',
    `The receiver gave no answer${words === '' ? '' : `, but said "${words}"`}; check that guildhall-receiver is the forced command of the key there`,
  )
}
