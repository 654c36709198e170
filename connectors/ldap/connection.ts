import { BindRequest, ExtendedRequest, PagedResultsControl, SearchRequest, UnbindRequest } from 'ldapts'
import { readAnswer } from './answer.ts'
import type { Answer, FoundEntry, Result } from './answer.ts'
import { encodeChange } from './entry-change.ts'
import type { EntryChange } from './entry-change.ts'
import { encodeFilter } from './encode-filter.ts'
import { LdapFailure, failureOfResult } from './failure.ts'
import type { LdapFilter } from './filter.ts'
import type { Wire } from './wire.ts'

const startTlsOid = '1.3.6.1.4.1.1466.20037'

interface Request {
  readonly messageId: number
  write(): Buffer
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
  entry(entry: FoundEntry): void
  /** A part of what was searched lies elsewhere. */
  reference(urls: readonly string[]): void
}

/** How a page ended: without a cookie, it was the last one. `isPaged` is whether the directory spoke of pages at all. */
export interface PageEnd {
  readonly isPaged: boolean
  readonly cookie?: Buffer
}

/**
 * One connection to a directory, asked one thing, or one batch of things, at a time. It is never opened again by itself: a new one would be bound as
 * nobody, and would find what nobody may see.
 */
export class LdapConnection {
  readonly #wire: Wire
  #lastId = 0
  /** What a server may have heard, and nobody else shall. */
  #secret = ''

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async startTls(): Promise<void> {
    await this.#ask(new ExtendedRequest({ messageId: this.#nextId(), oid: startTlsOid }), 'extended')
  }

  /** Fails where the directory does not take the password; an empty one must never come here, for it would bind as nobody. */
  async bind(dn: string, password: string): Promise<void> {
    this.#secret = password
    await this.#ask(new BindRequest({ messageId: this.#nextId(), dn, password }), 'bound')
  }

  /** One page of what is found, from where the cookie stands. */
  async searchPage(
    search: Search,
    page: { readonly size: number; readonly cookie?: Buffer },
    finder: Finder,
  ): Promise<PageEnd> {
    const paging = new PagedResultsControl({ critical: true, value: page })
    const { cookie } = await this.#search(search, [paging], finder)
    return { isPaged: cookie !== undefined, ...(cookie !== undefined && cookie.length > 0 && { cookie }) }
  }

  /** What is found, all at once: for a search of one entry. */
  async search(search: Search, finder: Finder): Promise<void> {
    await this.#search(search, [], finder)
  }

  /** The entries of these names, asked for at once; nothing in the place of one that is not there. */
  async readAll(names: readonly string[], attributes: readonly string[]): Promise<(FoundEntry | undefined)[]> {
    const found: (FoundEntry | undefined)[] = names.map(() => undefined)
    const requests = names.map((base) => this.#searchRequest({ base, scope: 'base', filter: anything, attributes }, []))
    const bytes = Buffer.concat(requests.map((request) => request.write()))
    const results = await this.#sendAll(requests, bytes, (entry, index) => {
      if (found[index] !== undefined) throw new LdapFailure('wrong', 'asked for one entry, it gave several')
      found[index] = entry
    })
    for (const [index, result] of results.entries()) {
      if (this.#requireKind(result, 'searched').status === noSuchObject) found[index] = undefined
      else this.#succeeded(result, 'searched')
    }
    return found
  }

  /**
   * Sends these at once and gives how each ended, in their order: undefined where it was done. The directory may do them in any order, so
   * that none may build on another. Nothing goes out, and nothing is given, where `isStillDue` says so at the last moment.
   */
  async changeAll(
    changes: readonly EntryChange[],
    isStillDue: () => boolean = () => true,
  ): Promise<(LdapFailure | undefined)[] | undefined> {
    const requests = changes.map((change) => ({ messageId: this.#nextId(), change }))
    const bytes = Buffer.concat(requests.map(({ messageId, change }) => encodeChange(change, messageId)))
    if (!isStillDue()) return undefined
    const results = await this.#sendAll(requests, bytes, () => {
      throw new LdapFailure('wrong', unasked)
    })
    return results.map((result, index) => {
      const { status } = this.#requireKind(result, kindOf[changes[index]?.kind ?? 'add'])
      return status === 0 ? undefined : this.#failureOf(result)
    })
  }

  close(): void {
    this.#wire.close(new UnbindRequest({ messageId: this.#nextId() }).write())
  }

  async #search(search: Search, controls: PagedResultsControl[], finder: Finder): Promise<Result> {
    const request = this.#searchRequest(search, controls)
    const { messageId } = request
    this.#wire.write(request.write())
    for (;;) {
      const answer = await this.#answerTo(messageId)
      if (answer.kind === 'entry') finder.entry(answer)
      else if (answer.kind === 'reference') finder.reference(answer.urls)
      else return this.#succeeded(answer, 'searched')
    }
  }

  #searchRequest(search: Search, controls: PagedResultsControl[]): SearchRequest {
    return new SearchRequest({
      messageId: this.#nextId(),
      controls,
      baseDN: search.base,
      scope: search.scope,
      filter: encodeFilter(search.filter),
      attributes: [...search.attributes],
      sizeLimit: 0,
      timeLimit: 0,
    })
  }

  /** Their results in the order of the requests, in whichever they come. */
  async #sendAll(
    requests: readonly { readonly messageId: number }[],
    bytes: Uint8Array,
    take: (entry: FoundEntry, index: number) => void,
  ): Promise<Result[]> {
    const results: Result[] = []
    const open = new Map(requests.map(({ messageId }, index) => [messageId, index]))
    this.#wire.write(bytes)
    while (open.size > 0) {
      const answer = readAnswer(await this.#wire.read())
      const index = open.get(answer.messageId)
      if (index === undefined) throw this.#unasked(answer)
      if (answer.kind === 'entry') take(answer, index)
      else if (answer.kind !== 'reference') {
        results[index] = answer
        open.delete(answer.messageId)
      }
    }
    return results
  }

  async #ask(request: Request, kind: Result['kind']): Promise<void> {
    this.#wire.write(request.write())
    this.#succeeded(await this.#answerTo(request.messageId), kind)
  }

  async #answerTo(messageId: number): Promise<Answer> {
    const answer = readAnswer(await this.#wire.read())
    if (answer.messageId === messageId) return answer
    throw this.#unasked(answer)
  }

  #unasked(answer: Answer): LdapFailure {
    if (answer.messageId === 0 && answer.kind === 'extended')
      return new LdapFailure('unreachable', `it ended the connection: ${this.#failureOf(answer).message}`)
    return new LdapFailure('wrong', unasked)
  }

  #succeeded(answer: Answer, kind: Result['kind']): Result {
    const result = this.#requireKind(answer, kind)
    if (result.status !== 0) throw this.#failureOf(result)
    return result
  }

  #requireKind(answer: Answer, kind: Result['kind']): Result {
    if (answer.kind === 'entry' || answer.kind === 'reference' || answer.kind !== kind)
      throw new LdapFailure('wrong', unasked)
    return answer
  }

  #failureOf({ status, said }: Result): LdapFailure {
    return failureOfResult(status, this.#secret === '' ? said : said.replaceAll(this.#secret, '…'))
  }

  #nextId(): number {
    return (this.#lastId += 1)
  }
}

const anything: LdapFilter = { kind: 'present', attribute: 'objectClass' }
const noSuchObject = 32
/** How a change of a kind is answered. */
const kindOf = { add: 'added', modify: 'modified', delete: 'deleted' } as const

const unasked = 'it answered something that it was not asked'
