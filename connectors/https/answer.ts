import type { IncomingMessage } from 'node:http'
import { secretsOf } from './authorization.ts'
import { readBody } from './body.ts'
import { charsetOf, inUtf8, isKnownCharset } from './charset.ts'
import { excerptOf, readStart } from './excerpt.ts'
import { explainFailure, failed, HttpsFault, nothingKept, reading } from './failures.ts'
import type { FaultKind } from './failures.ts'
import { typeOf } from './media-type.ts'
import { redirected } from './redirect.ts'
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
    yield* inUtf8(readBody({ response, limits: sending.limits }), charsetOf(response))
  } catch (error) {
    sending.signal.throwIfAborted()
    throw explainFailure(reading, sending.shown, error)
  } finally {
    if (!response.complete) response.destroy()
  }
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
  if (status >= 300 && status < 400) {
    response.destroy()
    return redirected(response, sending.url)
  }
  const words = excerptOf(await readStart(response, sending.limits), secretsOf(sending.authorization))
  return new HttpsFault(kindOf(status), `it answers ${status}${words}`, { facts: { status } })
}

function kindOf(status: number): FaultKind {
  if (status >= 500 || status === 408 || status === 429) return 'unreachable'
  return status === 400 || status === 401 || status === 403 ? 'refused' : 'answer-wrong'
}
