import { appendFile, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { serveChanging, statusesOf } from '../../test/connectors/changing-file.ts'
import type { ChangingFile } from '../../test/connectors/changing-file.ts'
import { hasOpenssl, makeCertificates } from '../../test/connectors/certificates.ts'
import type { Certificates } from '../../test/connectors/certificates.ts'
import { startWebServer } from '../../test/connectors/https-server.ts'
import type { Answering, WebServer } from '../../test/connectors/https-server.ts'
import { readAll, sourceEnvironment } from '../../test/connectors/read-source.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { Source, SourceType } from '../source.ts'
import { sourceType as csv } from '../sources/csv/index.ts'
import { sourceType as json } from '../sources/json/index.ts'
import { sourceType as xml } from '../sources/xml/index.ts'
import { BodyCache } from './body-cache.ts'

const withOpenssl = hasOpenssl ? describe : describe.skip

withOpenssl('bodies that are kept (needs openssl: apt-get install openssl)', () => {
  let certificates: Certificates
  let server: WebServer
  let folder: string
  let bodyCache: BodyCache
  beforeAll(async () => {
    certificates = await makeCertificates()
    server = await startWebServer(() => undefined, { pair: certificates.server })
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'bodies-')), 'bodies')
    bodyCache = new BodyCache(folder, { now: () => 0 })
  })
  afterEach(async () => {
    await bodyCache.close()
    await rm(join(folder, '..'), { recursive: true, force: true })
  })

  interface Opened {
    readonly type?: SourceType
    readonly options?: JsonObject
    readonly token?: string
    readonly cache?: BodyCache | undefined
  }

  function open({ type = csv, options = {}, token = 'a', cache = bodyCache }: Opened = {}): Source {
    const environment = sourceEnvironment({
      allowedPrivate: ['127.0.0.1'],
      configFile: async () => Buffer.from(certificates.ca),
      secret: async () => token,
      bodyCache: cache,
    })
    const url = `https://127.0.0.1:${server.port}/people?of=all`
    return type.create({ url, ca: 'ca.pem', token: { secret: 'token' }, ...options }, environment)
  }

  const serve = (first: ChangingFile['now']): ChangingFile => serveChanging(server, first)
  const table = (...logins: readonly string[]): string => `login\n${logins.map((login) => `${login}\n`).join('')}`

  async function loginsOf(source: Source): Promise<string[]> {
    const { records, end } = await readAll(source)
    expect(end).toEqual({ complete: true, count: records.length })
    return records.flatMap(({ fields }) => fields['login'] ?? [])
  }

  it.each<{
    readonly type: SourceType
    readonly mediaType: string
    readonly text: string
    readonly options?: JsonObject
  }>([
    { type: csv, mediaType: 'text/csv', text: table('ada', 'bob') },
    { type: json, mediaType: 'application/json', text: '[{"login":"ada"},{"login":"bob"}]' },
    {
      ...{
        type: xml,
        mediaType: 'application/xml',
        text: '<all><p><login>ada</login></p><p><login>bob</login></p></all>',
      },
      options: { record: '/all/p', fields: { login: 'login/text()' } },
    },
  ])('$mediaType of which nothing is new is not sent, and names everybody', async (each) => {
    const { type, mediaType, text, options = {} } = each
    const served = serve({ text, headers: { etag: 'W/"1"' }, type: mediaType })
    const source = open({ type, options })

    const reads = [await loginsOf(source), await loginsOf(source), await loginsOf(open({ type, options }))]

    expect(reads).toEqual(Array(3).fill(['ada', 'bob']))
    expect(served.sent).toEqual([
      { status: 200, bytes: text.length },
      { status: 304, bytes: 0 },
      { status: 304, bytes: 0 },
    ])
  })

  it('what has another etag is read anew, and kept in the place of the other', async () => {
    const served = serve({ text: table('ada'), headers: { etag: '"1"' } })
    const source = open()

    const before = await loginsOf(source)
    served.now = { text: table('ada', 'bob'), headers: { etag: '"2"' } }
    const after = [await loginsOf(source), await loginsOf(source)]

    expect([before, ...after]).toEqual([['ada'], ['ada', 'bob'], ['ada', 'bob']])
    expect(statusesOf(served)).toEqual([200, 200, 304])
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('a server that sends everything whatever it is asked is believed', async () => {
    let count = 0
    server.answer((_, response) => {
      count += 1
      response.writeHead(200, { 'content-type': 'text/csv', etag: '"1"' }).end(table(`p${count}`))
    })
    const source = open()

    expect([await loginsOf(source), await loginsOf(source)]).toEqual([['p1'], ['p2']])
    expect(server.received.at(-1)?.headers['if-none-match']).toBe('"1"')
  })

  const anHour = 3_600_000

  it.each([
    ['long before it was sent', anHour, [200, 304]],
    ['so short before that it may have changed again', 2_000, [200, 200]],
  ])('where there is no etag, a date of %s', async (_, agoMs, expected) => {
    const headers = { 'last-modified': new Date(Date.now() - agoMs).toUTCString() }
    const served = serve({ text: table('ada'), headers })
    const source = open()

    expect([await loginsOf(source), await loginsOf(source)]).toEqual([['ada'], ['ada']])
    expect(statusesOf(served)).toEqual(expected)
  })

  it('what is not to be stored is not, and is forgotten where that is said later', async () => {
    const served = serve({ text: table('ada'), headers: { etag: '"1"', 'cache-control': 'private, No-Store' } })
    const source = open()
    const reads = [await loginsOf(source), await loginsOf(source)]
    expect([statusesOf(served), await filesIn()]).toEqual([[200, 200], []])

    served.now = { text: table('ada'), headers: { etag: '"1"', 'cache-control': 'no-cache' } }
    reads.push(await loginsOf(source))
    served.now = { text: table('ada'), headers: { etag: '"1"', 'cache-control': 'no-store' } }
    reads.push(await loginsOf(source), await loginsOf(source))

    expect(reads).toEqual(Array(5).fill(['ada']))
    expect([statusesOf(served), await filesIn()]).toEqual([[200, 200, 200, 304, 200], []])
  })

  const whole = table('ada', 'bob', '#end 2')

  it.each<[string, Answering]>([
    [
      'broke off',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/csv', etag: '"1"', 'content-length': whole.length })
        response.write(whole.slice(0, 12), () => response.destroy())
      },
    ],
    [
      'lacks its last line',
      (_, response) => response.writeHead(200, { 'content-type': 'text/csv', etag: '"1"' }).end(table('ada')),
    ],
    [
      'is a page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/csv', etag: '"1"' }).end('<html></html>'),
    ],
  ])('what %s is not kept', async (_, answering) => {
    server.answer(answering)
    const source = open({ options: { trailer: '#end' } })
    await expect(readAll(source)).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) })
    expect(await filesIn()).toEqual([])

    const served = serve({ text: whole, headers: { etag: '"1"' } })
    expect([await loginsOf(source), statusesOf(served)]).toEqual([['ada', 'bob'], [200]])
  })

  it('of what broke off nothing is taken for what was kept before', async () => {
    const served = serve({ text: whole, headers: { etag: '"1"' } })
    const source = open({ options: { trailer: '#end' } })
    await loginsOf(source)
    served.now = { text: table('eve'), headers: { etag: '"2"' } }
    await expect(readAll(source)).rejects.toMatchObject({ code: 'SOURCE_ANSWER_WRONG' })
    served.now = { text: table('eve', '#end 1'), headers: { etag: '"2"' } }

    expect([await loginsOf(source), statusesOf(served)]).toEqual([['eve'], [200, 200, 200]])
  })

  it.each(['nobody takes on', 'is cancelled'])('a read that %s keeps nothing', async (how) => {
    const many = table(...Array.from({ length: 3_000 }, (_, index) => `p${index}`))
    const served = serve({ text: many, headers: { etag: '"1"' } })
    const abort = new AbortController()
    const reading = open().subjects(undefined, { signal: abort.signal })
    await reading.next()

    if (how === 'is cancelled') {
      abort.abort(new Error('enough'))
      await expect(readToEnd(reading)).rejects.toThrow('enough')
    } else await reading.return({ complete: false, count: 0 })

    expect(await filesIn()).toEqual([])
    expect([(await loginsOf(open())).length, statusesOf(served)]).toEqual([3_000, [200, 200]])
  })

  it('a server that says that nothing has changed, unasked, is told of', async () => {
    server.answer((_, response) => response.writeHead(304, { etag: '"1"' }).end())

    for (const source of [open(), open({ cache: undefined })])
      await expect(readAll(source)).rejects.toMatchObject({
        code: 'SOURCE_ANSWER_WRONG',
        message: expect.stringContaining('it answers 304, that nothing has changed, and nothing is kept here'),
      })
  })

  it.each<[string, (file: string) => Promise<void>]>([
    ['vanished', unlink],
    ['grew', (file) => appendFile(file, 'eve\n')],
    ['is another', (file) => writeFile(file, table('eve'))],
  ])('where a kept file %s, everything is read', async (_, harm) => {
    const served = serve({ text: table('ada'), headers: { etag: '"1"' } })
    const source = open()
    await loginsOf(source)
    for (const file of await readdir(folder)) await harm(join(folder, file))

    expect([await loginsOf(source), await loginsOf(source)]).toEqual([['ada'], ['ada']])
    expect(statusesOf(served)).toEqual([200, 200, 304])
  })

  it('nothing is shared with who asks as somebody else, or for something else', async () => {
    const served = serve({ text: table('ada'), headers: { etag: '"1"' } })
    const others: readonly Opened[] = [
      {},
      { token: 'b' },
      { options: { url: `https://127.0.0.1:${server.port}/people?of=some` } },
      { options: { token: undefined, user: 'a', password: { secret: 'p' } } as unknown as JsonObject },
    ]
    for (const other of others) await loginsOf(open(other))
    expect(statusesOf(served)).toEqual([200, 200, 200, 200])

    for (const other of others) await loginsOf(open(other))
    expect(statusesOf(served).slice(4)).toEqual([304, 304, 304, 304])
  })

  it('a check neither uses nor keeps anything', async () => {
    const served = serve({ text: table('ada'), headers: { etag: '"1"' } })
    const source = open()
    const context = { signal: new AbortController().signal }
    await source.check(context)
    expect(await filesIn()).toEqual([])

    await loginsOf(source)
    await source.check(context)

    expect(statusesOf(served)).toEqual([200, 200, 200])
  })

  it('of two reads at once each reads one answer, and the next one what was kept last', async () => {
    const held: (() => void)[] = []
    let count = 0
    server.answer(({ headers }, response) => {
      count += 1
      const text = table(`p${count}`, `q${count}`)
      if (headers['if-none-match'] === '"2"') return void response.writeHead(304).end()
      response.writeHead(200, { 'content-type': 'text/csv', etag: `"${count}"`, 'content-length': text.length })
      response.write(text.slice(0, 10), () => held.push(() => response.end(text.slice(10))))
    })
    const source = open()
    const both = [loginsOf(source), loginsOf(source)]
    while (held.length < 2) await new Promise(setImmediate)
    held[0]?.()
    const [first] = await Promise.all([Promise.race(both)])
    held[1]?.()

    expect((await Promise.all(both)).toSorted()).toEqual([
      ['p1', 'q1'],
      ['p2', 'q2'],
    ])
    expect(first).toEqual(['p1', 'q1'])
    expect(await loginsOf(source)).toEqual(['p2', 'q2'])
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('is for nobody else to read, and gone when the cache is closed', async () => {
    serve({ text: table('ada'), headers: { etag: '"1"' } })
    await loginsOf(open({ token: 'hunter2' }))
    const [file = ''] = await readdir(folder)
    const modes = [await stat(folder), await stat(join(folder, file))].map(({ mode }) => mode & 0o777)
    const written = `${file} ${await readFile(join(folder, file), 'utf8')}`

    await bodyCache.close()

    expect(modes).toEqual([0o700, 0o600])
    expect([written.includes('hunter2'), written.includes(table('ada'))]).toEqual([false, true])
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await loginsOf(open({ token: 'hunter2' }))).toEqual(['ada'])
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('what an earlier process left is removed at the beginning', async () => {
    serve({ text: table('ada'), headers: { etag: '"1"' } })
    await loginsOf(open())
    const next = new BodyCache(folder, { now: () => 0 })

    await next.empty()

    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('where there is no room the largest go first, and what cannot be written does not stop a read', async () => {
    const served = serve({ text: table('a'.repeat(60)), headers: { etag: '"1"' } })
    const small = new BodyCache(folder, { now: () => 0, mostBytes: 100 })
    const [one, other] = ['a', 'b'].map((token) => open({ token, cache: small }))
    if (one === undefined || other === undefined) throw new Error('two')
    await loginsOf(one)
    served.now = { text: table('ada'), headers: { etag: '"2"' } }
    await loginsOf(other)
    expect(await filesIn()).toHaveLength(2)
    served.now = { text: table('b'.repeat(50)), headers: { etag: '"3"' } }
    await loginsOf(other)
    expect(await Promise.all((await filesIn()).map(async (file) => (await stat(join(folder, file))).size))).toEqual([
      57,
    ])
    served.now = { text: table('c'.repeat(200)), headers: { etag: '"4"' } }
    await loginsOf(other)
    expect(await filesIn()).toEqual([])

    await small.close()
    await writeFile(folder, 'no folder')
    expect(await loginsOf(open())).toEqual(['c'.repeat(200)])
  })

  async function filesIn(): Promise<string[]> {
    return readdir(folder).catch(() => [])
  }

  async function readToEnd(reading: ReturnType<Source['subjects']>): Promise<void> {
    while ((await reading.next()).done !== true);
  }
})
