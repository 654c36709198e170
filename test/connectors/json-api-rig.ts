import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../core/model/json.ts'
import type { Source, SourceRecord, SourceType } from '../../connectors/source.ts'
import type { Certificates } from './certificates.ts'
import { answerJson, startWebServer } from './https-server.ts'
import type { Received, WebServer } from './https-server.ts'
import { freePort } from './server-process.ts'
import { sourceEnvironment } from './read-source.ts'
import type { Person, SourceRig } from './source-rig.ts'

/** What a server gives for one request: a JSON document with, in it, so many people. */
export interface Given {
  readonly body: unknown
  readonly people: number
}

/** An interface of JSON lists that is tried out by the contract of sources. */
export interface JsonApi {
  readonly type: SourceType
  /** Besides `url`. */
  readonly options: JsonObject
  readonly secrets: Readonly<Record<string, string>>
  /** The fields that the three of `peopleOf` come back in. */
  readonly names: { readonly login: string; readonly name: string; readonly team: string }
  readonly path: string
  readonly selectTeam?: (team: string) => string
  readonly isKnown: (request: Received) => boolean
  readonly answer: (request: URL, people: readonly Person[]) => Given | undefined
  readonly certificates?: Certificates
}

export interface JsonApiRig {
  readonly rig: SourceRig
  readonly server: WebServer
  readonly stop: () => Promise<void>
}

/** Starts a server of such an interface; people are told by their fields, and a page is JSON. */
export async function jsonApiRig(api: JsonApi): Promise<JsonApiRig> {
  const { certificates, secrets } = api
  let people: readonly Person[] = []
  let given = 0
  let breaksAfter = Infinity
  const refuse = ({ headers }: Received, response: ServerResponse): void =>
    answerJson(response, { detail: `who is ${JSON.stringify(headers)}` }, 401)
  const answer = (request: Received, response: ServerResponse): void => {
    const answered = api.isKnown(request) ? api.answer(new URL(request.path, 'http://localhost'), people) : undefined
    if (answered === undefined) {
      if (api.isKnown(request)) answerJson(response, {}, 404)
      else refuse(request, response)
      return
    }
    given += answered.people
    const bytes = jsonWithBytes(answered.body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    if (given <= breaksAfter) return void response.end(bytes)
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }
  const pair = certificates === undefined ? {} : { pair: certificates.server, clientsOf: certificates.ca }
  const server = await startWebServer(answer, pair)
  const scheme = certificates === undefined ? 'http' : 'https'
  const create = (port: number, others: Readonly<Record<string, string>> = {}): Source =>
    sourceOf(api, { ...secrets, ...others }, { ...api.options, url: `${scheme}://127.0.0.1:${port}${api.path}` })
  const serve = (next: readonly Person[], until = Infinity): Source => {
    server.answer(answer)
    people = next
    given = 0
    breaksAfter = until
    return create(server.port)
  }
  return {
    server,
    stop: () => server.stop(),
    rig: {
      serve: async (next) => serve(next),
      serveBroken: async (next) => serve(next, Math.floor(next.length / 2)),
      unreachable: async () => create(await freePort()),
      stuck: async () => {
        server.answer(() => undefined)
        return create(server.port)
      },
      refused: async () => {
        server.answer(refuse)
        return create(server.port, { token: 'of-nobody' })
      },
      given: async () => given,
      open: () => server.open(),
      ...(api.selectTeam === undefined ? {} : { selectTeam: api.selectTeam }),
      holds: ['nul', 'not-utf8', 'too-long'],
      secrets: [...Object.values(secrets), 'of-nobody'],
    },
  }
}

function sourceOf(api: JsonApi, secrets: Readonly<Record<string, string>>, options: JsonObject): Source {
  const environment = sourceEnvironment({
    allowedPrivate: ['127.0.0.1'],
    secret: async (name) => secrets[name] ?? '',
    configFile: async () => Buffer.from(api.certificates?.ca ?? ''),
  })
  return withNames(api.type.create(options, environment), api.names)
}

/** The same source, with its fields by the names of the contract and without the others. */
export function withNames(source: Source, names: JsonApi['names']): Source {
  return {
    check: (context) => source.check(context),
    async *subjects(select, context) {
      const pages = source.subjects(select, context)
      try {
        for (;;) {
          const next = await pages.next()
          if (next.done === true) return next.value
          yield next.value.map((record) => renamed(record, names))
        }
      } finally {
        await pages.return({ complete: false, count: 0 })
      }
    },
  }
}

function renamed({ fields, unreadable }: SourceRecord, names: JsonApi['names']): SourceRecord {
  const pairs = Object.entries(names)
  const kept = pairs.flatMap(([to, from]) => (fields[from] === undefined ? [] : [[to, fields[from]] as const]))
  const odd = pairs.flatMap(([to, from]) => (unreadable?.[from] === undefined ? [] : [[to, unreadable[from]] as const]))
  return {
    fields: Object.fromEntries(kept),
    ...(odd.length === 0 ? {} : { unreadable: Object.fromEntries(odd) }),
  }
}

/** JSON in which a Buffer is a text of exactly these bytes, whether they are UTF-8 or not. */
function jsonWithBytes(value: unknown): Buffer {
  const odd: Buffer[] = []
  const text = JSON.stringify(marked(value, odd))
  const parts = text.split(/"@@(\d+)@@"/)
  return Buffer.concat(parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : quoted(odd[Number(part)]))))
}

function marked(value: unknown, odd: Buffer[]): unknown {
  if (Buffer.isBuffer(value)) return `@@${odd.push(value) - 1}@@`
  if (Array.isArray(value)) return value.map((item) => marked(item, odd))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, marked(member, odd)]))
}

function quoted(bytes: Buffer = Buffer.alloc(0)): Buffer {
  if (isUtf8(bytes)) return Buffer.from(JSON.stringify(bytes.toString('utf8')))
  return Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"')])
}
