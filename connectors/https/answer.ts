import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../../core/error-codes.ts'
import { GuildhallError } from '../../core/errors.ts'
import { withoutSecrets } from './authorization.ts'
import { readBody } from './body.ts'
import { charsetOf, inUtf8, isKnownCharset } from './charset.ts'
import { explainFailure, failed, nothingKept } from './failures.ts'
import type { Sending } from './send.ts'
import { isStorable, validatorOf } from './validator.ts'
import type { Validator } from './validator.ts'

/** What a server answered: that nothing has changed, or something of a type that was asked for. */
export type HttpsAnswer = HttpsUnchanged | HttpsContent

/** Only where a validator was sent. */
interface HttpsUnchanged {
  readonly kind: 'unchanged'
  /** Whether what is here already may stay. */
  readonly isStorable: boolean
}

/** An answer with something in it; unless all of `pieces` is taken, the connection is closed. */
interface HttpsContent {
  readonly kind: 'content'
  /** In lower case and without parameters, such as `text/csv`. */
  readonly type: string
  /** To ask with the next time; nothing where the server gives none, or wants nothing stored. */
  readonly validator: Validator | undefined
  /** The unpacked bytes, in UTF-8 where the answer says what else they were in; fails unless everything came. */
  readonly pieces: AsyncGenerator<Uint8Array>
}

/** Takes the head of an answer for what it is, or fails and says what it is instead. */
export async function acceptAnswer(response: IncomingMessage, sending: Sending): Promise<HttpsAnswer> {
  const status = response.statusCode ?? 0
  if (status === 304) {
    response.resume()
    if (sending.validator === undefined) throw nothingKept(sending.shown)
    return { kind: 'unchanged', isStorable: isStorable(response) }
  }
  if (status !== 200) throw await refusalOf(response, sending)
  const type = typeOf(response)
  const fault = faultOf(type, charsetOf(response), sending.accept)
  if (fault !== undefined) {
    response.destroy()
    throw failed('SOURCE_ANSWER_WRONG', sending.shown, fault)
  }
  return { kind: 'content', type, validator: validatorOf(response), pieces: explained(response, sending) }
}

async function* explained(response: IncomingMessage, sending: Sending): AsyncGenerator<Uint8Array> {
  try {
    yield* inUtf8(readBody({ response, limits: sending.limits, shown: sending.shown }), charsetOf(response))
  } catch (error) {
    sending.signal.throwIfAborted()
    throw explainFailure(error, sending.shown)
  } finally {
    if (!response.complete) response.destroy()
  }
}

function typeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
}

function faultOf(type: string, charset: string, accept: readonly string[]): string | undefined {
  if (!accept.includes(type)) return `${called(type)} came where ${accept.join(' or ')} was expected`
  if (isKnownCharset(charset)) return undefined
  return `it says that its answer is written in ${JSON.stringify(charset.slice(0, 40))}, which is no charset; have it send UTF-8`
}

function called(type: string): string {
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'an HTML page, perhaps one to log in,'
  return type === '' ? 'something without a type' : `something of type ${JSON.stringify(type)}`
}

async function refusalOf(response: IncomingMessage, sending: Sending): Promise<Error> {
  const status = response.statusCode ?? 0
  const { shown } = sending
  if (status >= 300 && status < 400) {
    response.destroy()
    return failed('SOURCE_ANSWER_WRONG', shown, redirected(response, sending))
  }
  const words = await wordsOf(response, sending)
  return new GuildhallError(codeOf(status), `Cannot read ${shown}: it answers ${status}${words}`, {
    facts: { url: shown, status },
  })
}

function codeOf(status: number): ErrorCode {
  if (status >= 500 || status === 408 || status === 429) return 'SOURCE_UNREACHABLE'
  return status === 400 || status === 401 || status === 403 ? 'SOURCE_REFUSED' : 'SOURCE_ANSWER_WRONG'
}

function redirected({ statusCode, headers }: IncomingMessage, { url }: Sending): string {
  const { location } = headers
  if (location === undefined || !URL.canParse(location, url.href)) return `it answers ${statusCode ?? 0}`
  const { host } = new URL(location, url)
  return `it answers ${statusCode ?? 0} and sends us to "${host}", and redirects are not followed; if that is meant, write its URL`
}

const longestWords = 200

/** What it says about it, as far as it is text: only the start, on one line, and without our secrets. */
async function wordsOf(response: IncomingMessage, { authorization, limits, shown }: Sending): Promise<string> {
  if (!/json|^text\/plain/.test(typeOf(response))) {
    response.destroy()
    return ''
  }
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of readBody({ response, limits: { ...limits, bytes: 10_000 }, shown })) pieces.push(piece)
  } catch {
    return ''
  }
  const text = withoutSecrets(Buffer.concat(pieces).toString('utf8'), authorization)
  const line = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  if (line === '') return ''
  return `: ${line.length > longestWords ? `${line.slice(0, longestWords)}…` : line}`
}
