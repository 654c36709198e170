import {
  BindRequest,
  ExtendedRequest,
  ExtendedResponse,
  MessageParser,
  PagedResultsControl,
  SearchEntry,
  SearchReference,
  SearchRequest,
  SearchResponse,
  UnbindRequest,
} from 'ldapts'
import { encodeFilter } from './encode-filter.ts'
import { LdapFailure, failureOfResult } from './failure.ts'
import type { LdapFilter } from './filter.ts'
import type { Wire } from './wire.ts'

const startTlsOid = '1.3.6.1.4.1.1466.20037'

interface Request {
  readonly messageId: number
  write(): Buffer
}

interface Answer {
  readonly messageId: number
  readonly status: number
  readonly errorMessage: string
}

/** What is searched for; nothing limits the answer but what the directory itself allows. */
export interface Search {
  readonly base: string
  readonly scope: 'base' | 'one' | 'sub'
  readonly filter: LdapFilter
  readonly attributes: readonly string[]
}

/** Takes in what a search finds, as it comes. */
export interface Finder {
  entry(entry: SearchEntry): void
  /** A part of what was searched lies elsewhere. */
  reference(urls: readonly string[]): void
}

/** How a page ended: without a cookie, it was the last one. `isPaged` is whether the directory spoke of pages at all. */
export interface PageEnd {
  readonly isPaged: boolean
  readonly cookie?: Buffer
}

/**
 * One connection to a directory, asked one thing at a time. It is never opened again by itself: a new one would be bound as
 * nobody, and would find what nobody may see.
 */
export class LdapConnection {
  readonly #wire: Wire
  readonly #parse = createParse()
  #lastId = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async startTls(): Promise<void> {
    const answer = await this.#ask(new ExtendedRequest({ messageId: this.#nextId(), oid: startTlsOid }))
    if (answer.status !== 0) throw failureOfResult(answer.status, answer.errorMessage)
  }

  /** Fails where the directory does not take the password; an empty one must never come here, for it would bind as nobody. */
  async bind(dn: string, password: string): Promise<void> {
    const answer = await this.#ask(new BindRequest({ messageId: this.#nextId(), dn, password }))
    if (answer.status !== 0) throw failureOfResult(answer.status, answer.errorMessage.replaceAll(password, '…'))
  }

  /** One page of what is found, from where the cookie stands. */
  async searchPage(
    search: Search,
    page: { readonly size: number; readonly cookie?: Buffer },
    finder: Finder,
  ): Promise<PageEnd> {
    const paging = new PagedResultsControl({ critical: true, value: page })
    const end = await this.#search(search, [paging], finder)
    const control = end.controls?.find((one) => one instanceof PagedResultsControl)
    const cookie = control?.value?.cookie
    return { isPaged: control !== undefined, ...(cookie !== undefined && cookie.length > 0 && { cookie }) }
  }

  /** What is found, all at once: for a search of one entry. */
  async search(search: Search, finder: Finder): Promise<void> {
    await this.#search(search, [], finder)
  }

  close(): void {
    this.#wire.close(new UnbindRequest({ messageId: this.#nextId() }).write())
  }

  async #search(search: Search, controls: PagedResultsControl[], finder: Finder): Promise<SearchResponse> {
    const messageId = this.#nextId()
    const request = new SearchRequest({
      messageId,
      controls,
      baseDN: search.base,
      scope: search.scope,
      filter: encodeFilter(search.filter),
      attributes: [...search.attributes],
      sizeLimit: 0,
      timeLimit: 0,
    })
    this.#wire.write(request.write())
    for (;;) {
      const answer = await this.#answerTo(messageId)
      if (answer instanceof SearchEntry) finder.entry(answer)
      else if (answer instanceof SearchReference) finder.reference(answer.uris)
      else return succeeded(answer)
    }
  }

  async #ask(request: Request): Promise<Answer> {
    this.#wire.write(request.write())
    return this.#answerTo(request.messageId)
  }

  async #answerTo(messageId: number): Promise<Answer> {
    const answer = this.#parse(await this.#wire.read())
    if (answer.messageId === messageId) return answer
    if (answer.messageId === 0 && answer instanceof ExtendedResponse)
      throw new LdapFailure(
        'unreachable',
        `it ended the connection: ${failureOfResult(answer.status, answer.errorMessage).message}`,
      )
    throw new LdapFailure('wrong', 'it answered something that it was not asked')
  }

  #nextId(): number {
    return (this.#lastId += 1)
  }
}

function succeeded(answer: Answer): SearchResponse {
  if (!(answer instanceof SearchResponse)) throw new LdapFailure('wrong', 'it answered a search with something else')
  if (answer.status !== 0) throw failureOfResult(answer.status, answer.errorMessage)
  return answer
}

/** Gives the function that makes an answer of a message; ldapts tells what it reads, at once, to who listens. */
function createParse(): (bytes: Buffer) => Answer {
  let answers: Answer[] = []
  let cause: unknown
  const parser = new MessageParser()
  parser.on('message', (message) => answers.push(message))
  parser.on('error', (problem) => (cause = problem))
  return (bytes) => {
    answers = []
    parser.read(bytes, new Map())
    const [answer] = answers
    if (answer === undefined) throw new LdapFailure('wrong', 'it answered with a malformed message', { cause })
    return answer
  }
}
