import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { sourceEnvironment } from '../../../test/connectors/read-source.ts'
import {
  element,
  entry,
  message,
  number,
  octets,
  paged,
  pagedResults,
  result,
  search,
  startScriptedLdap,
} from '../../../test/connectors/scripted-ldap.ts'
import type { LdapRequest, Piece, ScriptedLdap } from '../../../test/connectors/scripted-ldap.ts'
import { readThrough } from '../../../test/connectors/source-rig.ts'
import type { Read } from '../../../test/connectors/source-rig.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { sourceType } from './index.ts'

const password = 'swordfish'
const base = 'ou=people,dc=example,dc=org'
const [searched, extended] = [0x65, 0x78]

type Answers = (id: number, searches: number, request: LdapRequest) => readonly Piece[]

describe('a directory that answers otherwise than it should', () => {
  let directory: ScriptedLdap
  beforeAll(async () => {
    directory = await startScriptedLdap()
  })
  afterAll(() => directory.stop())
  beforeEach(() => directory.answer(() => []))

  /** Reads with a script for searches; whoever binds is bound. */
  async function read(answers: Answers, options: JsonObject = {}): Promise<Read> {
    directory.answer((request, searches) =>
      request.operation === search ? answers(request.id, searches, request) : [result(request.id, [0x61, 0])],
    )
    return readThrough(
      sourceType.create(
        {
          ...{ url: `ldap://127.0.0.1:${directory.port}`, baseDn: base, pageSize: 2, timeout: 'PT1S' },
          ...{ bindDn: `cn=reader,${base}`, password: { secret: 'bind' }, ...options },
        },
        sourceEnvironment({ secret: async () => password }),
      ),
    )
  }

  const person = (id: number, uid: string): Buffer => entry(id, `uid=${uid},${base}`, { uid: [uid] })
  const done = (id: number, cookie?: string): Buffer => result(id, [searched, 0], paged(cookie))

  it('is read where it answers as it should', async () => {
    const { pages, end } = await read((id, searches) =>
      searches === 1 ? [person(id, 'ada'), person(id, 'bob'), done(id, 'more')] : [person(id, 'cy'), done(id)],
    )

    expect(pages.flat().map(({ fields }) => fields['uid'])).toEqual([['ada'], ['bob'], ['cy']])
    expect(end).toMatchObject({ complete: true, count: 3 })
  })

  const control = (...parts: readonly Buffer[]): Buffer => element(0x30, octets(pagedResults), ...parts)
  const strangeEnds: readonly (readonly [string, (id: number) => Buffer])[] = [
    ['pages of which nothing is told', (id) => result(id, [searched, 0], control())],
    ['pages with nothing in what is told', (id) => result(id, [searched, 0], control(octets('')))],
    ['pages without a cookie', (id) => result(id, [searched, 0], control(octets(element(0x30, number(0)))))],
    ['pages in bytes that are none', (id) => result(id, [searched, 0], control(octets(Buffer.from([0x30, 9, 2, 1]))))],
    ['a code without a number', (id) => message(id, element(searched, element(0x0a), octets(''), octets('')))],
    ['a code of eight bytes', (id) => message(id, element(searched, element(0x0a, Buffer.alloc(8)), octets('')))],
    ['a code and no more', (id) => message(id, element(searched, number(0, 0x0a)))],
    ['a message without an operation', (id) => message(id, Buffer.alloc(0))],
    ['an operation nobody asked for', (id) => message(id, element(0x79))],
    ['the answer to a bind', (id) => result(id, [0x61, 0])],
    ['the answer to another request', (id) => result(id - 1, [searched, 0])],
    ['one to a request that is to come', (id) => result(id + 1, [searched, 0])],
    ['a length without an end', () => Buffer.from([0x30, 0x80, 0, 0])],
    ['something else than LDAP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ]
  it.each(strangeEnds)('a search that ends with %s is no complete one', async (_, end) => {
    const { end: came, error } = await read((id) => [person(id, 'ada'), end(id)])

    expect(came).toBeUndefined()
    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG' })
  })

  /** Bytes in which lengths lie behind a tag that says there are none to look at. */
  const hidden = (...bytes: readonly number[]): Buffer => element(0x04, Buffer.from(bytes))
  const strangeEntries: readonly (readonly [string, Buffer])[] = [
    ['attributes that are a text', element(0x64, octets('dc=a'), hidden(0x31, 0x84, 0x7f, 0xff, 0xff, 0xff))],
    ['an attribute that is a text', element(0x64, octets('dc=a'), element(0x30, hidden(4, 1, 65, 0x31, 0x82, 99, 9)))],
    [
      'a length below nothing',
      element(0x64, octets('dc=a'), element(0x30, hidden(4, 1, 65, 0x31, 0x84, 255, 0, 0, 0))),
    ],
    ['no attributes', element(0x64, octets('dc=a'))],
    ['an attribute without values', element(0x64, octets('dc=a'), element(0x30, element(0x30, octets('cn'))))],
    [
      'a value that is a number',
      element(0x64, octets('dc=a'), element(0x30, element(0x30, octets('cn'), element(0x31, number(1))))),
    ],
    ['no name', element(0x64)],
  ]
  it.each(strangeEntries)('an entry with %s is an error, and soon', async (_, strange) => {
    const { error } = await read((id) => [message(id, strange), done(id)])

    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining('malformed') })
  })

  it.each([3, 4, 10, 11, 51, 52, 53, 80])('everybody so far is not everybody where the end is %i', async (code) => {
    const { end, error } = await read((id) => [person(id, 'ada'), result(id, [searched, code], paged())])

    expect(end).toBeUndefined()
    expect(error).toMatchObject({ code: code === 51 || code === 52 ? 'SOURCE_UNREACHABLE' : 'SOURCE_REFUSED' })
  })

  it('a connection that ends within a page, or within an entry, is an error', async () => {
    const within = await read((id) => [person(id, 'ada'), 'end'])
    const cut = await read((id) => [person(id, 'ada').subarray(0, -3), 'end'])

    expect([within.error, cut.error]).toMatchObject([{ code: 'SOURCE_UNREACHABLE' }, { code: 'SOURCE_UNREACHABLE' }])
  })

  it('a directory that says a byte now and then is away', async () => {
    const { error } = await read((id) => [{ trickling: person(id, 'a'.repeat(1_000)) }])

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('too slowly') })
  })

  it('a directory that says goodbye is away, and shows no password it was told', async () => {
    const goodbye = message(0, element(extended, number(52, 0x0a), octets(''), octets(`not you, ${password}`)))
    directory.answer(() => [goodbye])
    const source = sourceType.create(
      {
        ...{ url: `ldap://127.0.0.1:${directory.port}`, baseDn: base },
        ...{ bindDn: `cn=reader,${base}`, password: { secret: 'bind' } },
      },
      sourceEnvironment({ secret: async () => password }),
    )

    const { error } = await readThrough(source)

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('"not you, …"') })
  })

  it.each([
    ['refuses', (id: number) => result(id, [extended, 53])],
    ['says nothing but goodbye', () => message(0, element(extended, number(52, 0x0a), octets(''), octets('')))],
    ['answers something else', (id: number) => result(id, [searched, 0])],
    ['answers as to a bind', (id: number) => result(id, [0x61, 0])],
  ])('where it %s to encrypt, nothing more is said to it', async (_, answer) => {
    directory.answer(({ id }) => [answer(id)])
    const options = { url: `ldap://127.0.0.1:${directory.port}`, baseDn: base, startTls: true }
    const secret = { bindDn: `cn=reader,${base}`, password: { secret: 'bind' } }

    const { error } = await readThrough(
      sourceType.create({ ...options, ...secret }, sourceEnvironment({ secret: async () => password })),
    )

    expect(error).toMatchObject({ code: expect.stringMatching(/^SOURCE_/) })
    const goodbye = 0x42
    expect(directory.asked().flatMap(({ operation }) => (operation === goodbye ? [] : operation))).toEqual([0x77])
  })

  it('the same page again and again is an error', async () => {
    const { error } = await read((id) => [person(id, 'ada'), person(id, 'bob'), done(id, 'more')])

    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining('again') })
  })

  it('pages that go round are an error', async () => {
    const { error } = await read((id, searches) => [person(id, `p${searches % 3}`), done(id, `${searches % 3}`)])

    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining('again') })
  })

  const longValue = 'x'.repeat(65_000)
  const tooMuch: readonly (readonly [string, string, (id: number) => Buffer])[] = [
    ['whose texts are too much to hold', 'the texts of a page take more than 128 MB', (id) => long(id, longValue, 700)],
    ['with too many short values', 'the texts of a page take more than 128 MB', (id) => long(id, 'x', 700_000)],
    ['with an entry of too many values', 'an entry has more than 2097152 values', (id) => long(id, '', 2_100_000)],
    ['with an entry that is too long', 'an entry is longer than 128 MB', (id) => long(id, longValue, 2_100)],
  ]
  const long = (id: number, value: string, values: number): Buffer =>
    entry(id, `uid=ada,${base}`, { uid: ['ada'], note: Array<string>(values).fill(value) })
  it.each(tooMuch)('a page %s is an error', async (_, reason, made) => {
    let bytes: Buffer | undefined
    const options = { pageSize: 1_000, timeout: 'PT1M' }
    const { pages, error } = await read((id) => Array<Buffer>(1_000).fill((bytes ??= made(id))), options)

    expect({ pages, error }).toEqual({
      pages: [],
      error: expect.objectContaining({ code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining(reason) }),
    })
  })

  it('a page with many pictures is read, as these are not kept', async () => {
    const picture = Buffer.alloc(1024 ** 2, 255)
    const { end } = await read(
      (id) => [
        ...Array<Buffer>(150).fill(entry(id, `uid=ada,${base}`, { uid: ['ada'], jpegPhoto: [picture] })),
        done(id),
      ],
      { pageSize: 1_000 },
    )

    expect(end).toMatchObject({ complete: true, count: 150 })
  })

  it('the same cookie for every page is none', async () => {
    const { end } = await read((id, searches) => [person(id, `p${searches}`), done(id, searches < 5 ? 'same' : '')])

    expect(end).toMatchObject({ complete: true, count: 5 })
  })
})

describe('attributes of a directory', () => {
  let directory: ScriptedLdap
  beforeAll(async () => {
    directory = await startScriptedLdap()
  })
  afterAll(() => directory.stop())

  type Attributes = Readonly<Record<string, readonly (string | Buffer)[]>>

  /** One entry in one page, and what it says when it is asked again. */
  async function readEntry(attributes: Attributes, later: Attributes = {}, options: JsonObject = {}): Promise<Read> {
    directory.answer(({ id }, searches) => [
      entry(id, 'uid=ada,dc=org', searches === 1 ? attributes : later),
      result(id, [searched, 0], paged()),
    ])
    const url = `ldap://127.0.0.1:${directory.port}`
    return readThrough(sourceType.create({ url, baseDn: base, timeout: 'PT1S', ...options }, sourceEnvironment()))
  }

  it('keep their options in their names, and are one where only the case of their names differs', async () => {
    const { pages } = await readEntry(
      { cn: ['Ada'], 'cn;lang-de': ['Adele'], CN: ['Countess'], 'userCertificate;binary': [Buffer.from([255])] },
      {},
      { attributes: ['Cn', 'userCertificate;binary'] },
    )

    expect(pages[0]).toEqual([
      {
        fields: { Cn: ['Ada', 'Countess'], 'cn;lang-de': ['Adele'] },
        unreadable: { 'userCertificate;binary': 'not-utf8' },
      },
    ])
  })

  it.each([
    ['are there twice, empty at first', '', { member: [], 'member;range=0-1': ['a', 'b'] }],
    ['are there twice, empty at last', '', { 'member;range=0-1': ['a', 'b'], member: [] }],
    ['have another option', ';x-of-ad', { 'member;range=0-1;x-of-ad': ['a', 'b'] }],
  ])('that %s are read to their end', async (_, option, attributes) => {
    const later = { [`member;range=2-*${option}`]: ['c'] }

    const { pages } = await readEntry(attributes, later, { attributes: ['member'] })

    expect(Object.values(pages[0]?.[0]?.fields ?? {})).toEqual([['a', 'b', 'c']])
  })

  it.each<[string, Attributes, Attributes]>([
    ['do not begin with the first', { 'member;range=2-3': ['c', 'd'] }, { 'member;range=4-*': ['e'] }],
    ['do not begin with the first, and are the last', { 'member;range=2-*': ['c'] }, {}],
    ['go on behind where they should', { 'member;range=0-1': ['a', 'b'] }, { 'member;range=3-*': ['d'] }],
    ['begin again', { 'member;range=0-1': ['a', 'b'] }, { 'member;range=0-1': ['a', 'b'] }],
    ['begin again, and are whole', { 'member;range=0-1': ['a', 'b'] }, { member: ['a', 'b', 'c'] }],
    ['are not given', { 'member;range=0-1': ['a', 'b'] }, {}],
    ['have a range that is none', { 'member;range=all': ['a', 'b'] }, {}],
  ])('that %s are an error', async (_, attributes, later) => {
    const { end, error } = await readEntry(attributes, later)

    expect(end).toBeUndefined()
    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG' })
  })
})

describe('attributes of which a directory gives some at a time', () => {
  let directory: ScriptedLdap
  beforeAll(async () => {
    directory = await startScriptedLdap()
  })
  afterAll(() => directory.stop())

  async function readMembers(later: (id: number, searches: number) => readonly Buffer[]): Promise<Read> {
    directory.answer(({ id }, searches) => [
      ...(searches === 1 ? [entry(id, 'cn=g', { 'member;range=0-0': ['a'] })] : later(id, searches)),
      result(id, [searched, 0], paged()),
    ])
    const url = `ldap://127.0.0.1:${directory.port}`
    return readThrough(sourceType.create({ url, baseDn: base, attributes: ['member'] }, sourceEnvironment()))
  }

  it('are an error where they are too much to hold', async () => {
    const values = Array<string>(500).fill('x'.repeat(65_000))

    const { error } = await readMembers((id, searches) => [
      entry(id, 'cn=g', { [`member;range=${(searches - 2) * 500 + 1}-${(searches - 1) * 500}`]: values }),
    ])

    expect(error).toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringMatching(/more than 128 MB; member of "cn=g" .* memberOf .* a narrower filter$/),
    })
  })

  it('are an error where several entries come in the place of one', async () => {
    const { error } = await readMembers((id) => [1, 2].map(() => entry(id, 'cn=g', { 'member;range=1-*': ['b'] })))

    expect(error).toMatchObject({ code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining('gave several') })
  })
})

describe('groups of a directory', () => {
  let directory: ScriptedLdap
  beforeAll(async () => {
    directory = await startScriptedLdap()
  })
  afterAll(() => directory.stop())

  it('are unreadable for whom it calls by what is no text', async () => {
    const odd = Buffer.from('uid=\xff,dc=org', 'latin1')
    directory.answer(({ id }, searches) => [
      ...(searches === 1
        ? [entry(id, 'cn=g', { cn: ['g'], member: ['uid=ada,dc=org'], memberUid: ['ada'] })]
        : [entry(id, odd, { uid: ['odd'] }), entry(id, 'uid=ada,dc=org', { uid: ['ada', Buffer.from([255])] })]),
      result(id, [searched, 0], paged()),
    ])
    const options = { url: `ldap://127.0.0.1:${directory.port}`, baseDn: base, attributes: ['uid'] }
    const open = (groups: JsonObject) =>
      sourceType.create({ ...options, groupsFrom: { baseDn: base, ...groups } }, sourceEnvironment())

    const byDn = await readThrough(open({}))
    const asked = directory.asked().length
    directory.answer(({ id }, searches) => [
      searches === 1
        ? entry(id, 'cn=g', { cn: ['g'], memberUid: ['ada'] })
        : entry(id, 'uid=ada,dc=org', { uid: ['ada', Buffer.from([255])] }),
      result(id, [searched, 0], paged()),
    ])
    const byUid = await readThrough(open({ member: 'memberUid' }))

    expect(asked).toBe(2)
    expect(byDn.pages.flat()).toEqual([
      { fields: { uid: ['odd'] }, unreadable: { groups: 'not-utf8' } },
      { fields: { groups: ['g'] }, unreadable: { uid: 'not-utf8' } },
    ])
    expect(byUid.pages.flat()).toEqual([{ fields: {}, unreadable: { uid: 'not-utf8', groups: 'not-utf8' } }])
  })
})
