import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import type { Given, JsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import { answerJson } from '../../../test/connectors/https-server.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { sourceType } from './index.ts'

let api: JsonApiRig
beforeAll(async () => {
  api = await jsonApiRig({
    type: sourceType,
    options: { token: { secret: 'token' }, pageSize: 500 },
    secrets: { token: 'a-token-that-nobody-may-see' },
    names: { login: 'userName', name: 'displayName', team: 'title' },
    path: '/v2',
    selectTeam: (team) => `title eq "${team}"`,
    isKnown: ({ headers }) => headers.authorization === 'Bearer a-token-that-nobody-may-see',
    answer: answerOf,
  })
})
afterAll(() => api.stop())

function answerOf({ pathname, searchParams }: URL, people: readonly Person[]): Given | undefined {
  if (pathname === '/v2/ServiceProviderConfig') return { body: { filter: { supported: true } }, people: 0 }
  if (pathname !== '/v2/Users') return undefined
  const team = /^title eq "(.*)"$/.exec(searchParams.get('filter') ?? '')?.[1]
  const found = people.filter((person) => team === undefined || person['team'] === team)
  const start = Number(searchParams.get('startIndex') ?? '1')
  const page = found.slice(start - 1, start - 1 + Number(searchParams.get('count')))
  const Resources = page.map(({ login, name, team: title }) => ({
    id: login,
    userName: login,
    displayName: name,
    title,
  }))
  return { body: { totalResults: found.length, startIndex: start, Resources }, people: page.length }
}

type Documents = Readonly<Record<string, unknown>>

/** What comes of reading a provider that answers these, by path and query without `count`. */
async function read(documents: Documents, options = {}, select?: string): Promise<unknown> {
  api.server.answer(({ path }, response) => {
    const url = new URL(path, 'http://localhost')
    url.searchParams.delete('count')
    const document = documents[`${url.pathname}${decodeURIComponent(url.search)}`]
    answerJson(response, document ?? { detail: 'not there' }, document === undefined ? 404 : 200)
  })
  const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'] })
  const source = sourceType.create({ url: `http://127.0.0.1:${api.server.port}/`, ...options }, environment)
  return readAll(source, select).catch((error: unknown) => error)
}

const list = (total: number, ...ids: readonly string[]) => ({
  totalResults: total,
  Resources: ids.map((id) => ({ id })),
})

describe('a scim source', () => {
  keepsTheSourceContract(() => api.rig)

  it('makes fields of attributes: the primary value first, extensions by their short names', async () => {
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: '1',
      userName: 'ada',
      active: false,
      name: { familyName: 'Lovelace', givenName: 'Ada' },
      emails: [
        { value: 'home@example.org', type: 'home' },
        { value: 'work@example.org', type: 'work', primary: true },
      ],
      nickName: null,
      groups: [{ value: 'g1', display: 'Engineers' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Engines', manager: { value: '7' } },
      'urn:example:params:scim:schemas:extension:hr:1.0:User': { grade: 3 },
    }

    expect(await read({ '/Users?startIndex=1': { totalResults: 1, Resources: [user] } })).toEqual({
      records: [
        {
          fields: {
            id: ['1'],
            userName: ['ada'],
            active: ['false'],
            'name.familyName': ['Lovelace'],
            'name.givenName': ['Ada'],
            'emails.value': ['work@example.org', 'home@example.org'],
            'emails.type': ['work', 'home'],
            'emails.primary': ['true'],
            'groups.value': ['g1'],
            'groups.display': ['Engineers'],
            'enterprise.department': ['Engines'],
            'enterprise.manager.value': ['7'],
            'hr.grade': ['3'],
          },
        },
      ],
      end: { complete: true, count: 1 },
    })
  })

  it('tells groups by /Groups, also those above a group, and stands a circle of them', async () => {
    const groups = [
      {
        id: 'g1',
        displayName: 'All',
        members: [
          { value: 'g2', type: 'Group' },
          { value: 'b', type: 'User' },
        ],
      },
      { id: 'g2', displayName: 'Engineers', members: [{ value: 'a' }, { value: 'g1' }] },
      { id: 'g3', displayName: 'Empty' },
    ]
    const documents = {
      '/Groups?startIndex=1': { totalResults: 3, Resources: groups },
      '/Users?startIndex=1': list(3, 'a', 'b', 'c'),
    }

    expect(await read(documents, { groups: true })).toEqual({
      records: [
        { fields: { id: ['a'], 'groups.value': ['g2', 'g1'], 'groups.display': ['Engineers', 'All'] } },
        { fields: { id: ['b'], 'groups.value': ['g1', 'g2'], 'groups.display': ['All', 'Engineers'] } },
        { fields: { id: ['c'] } },
      ],
      end: { complete: true, count: 3 },
    })
  })

  it('goes by cursors where the provider has them', async () => {
    const documents = {
      '/ServiceProviderConfig': { pagination: { cursor: true, index: true } },
      '/Users?cursor=': { ...list(3, 'a', 'b'), nextCursor: 'x=&y' },
      '/Users?cursor=x=&y': list(3, 'c'),
    }

    expect(await read(documents)).toMatchObject({ end: { complete: true, count: 3 } })
  })

  it('asks for no more at once than the provider gives, and escapes the filter', async () => {
    const config = { filter: { supported: true, maxResults: 7 } }
    const filter = 'userName eq "a&b=c#d%+ é"'

    await read(
      { '/ServiceProviderConfig': config, [`/Users?filter=${filter.replaceAll(' ', '+')}&startIndex=1`]: list(0) },
      {},
      filter,
    )

    const asked = new URL(api.server.received.at(-1)?.path ?? '', 'http://localhost').searchParams
    expect([asked.get('count'), asked.get('filter')]).toEqual(['7', filter])
  })

  const wrong: readonly (readonly [string, Documents, string])[] = [
    [
      'fewer than it said',
      { '/Users?startIndex=1': list(3, 'a', 'b'), '/Users?startIndex=3': list(3) },
      'it said there were 3, and gave 2',
    ],
    [
      'a total that changes',
      { '/Users?startIndex=1': list(3, 'a', 'b'), '/Users?startIndex=3': list(4, 'c') },
      'on another page 4',
    ],
    ['nobody, of some', { '/Users?startIndex=1': list(3) }, 'it said there were 3, and gave 0'],
    ['more than it said', { '/Users?startIndex=1': list(1, 'a', 'b') }, 'it gives more than the 1'],
    [
      'somebody twice',
      { '/Users?startIndex=1': list(3, 'a', 'b'), '/Users?startIndex=3': list(3, 'b') },
      'it names "b" twice',
    ],
    ['a list without a total', { '/Users?startIndex=1': { Resources: [] } }, 'a list without "totalResults"'],
    ['a total that is none', { '/Users?startIndex=1': { totalResults: '3' } }, '"totalResults" that is no number'],
    ['something else than a list', { '/Users?startIndex=1': [] }, 'something else'],
    ['resources that are none', { '/Users?startIndex=1': { totalResults: 1, Resources: ['a'] } }, 'no list of objects'],
    [
      'a resource without an id',
      { '/Users?startIndex=1': { totalResults: 1, Resources: [{ userName: 'a' }] } },
      'without an "id"',
    ],
    [
      'a cursor that leads to itself',
      {
        '/ServiceProviderConfig': { pagination: { cursor: true } },
        '/Users?cursor=': { ...list(2, 'a'), nextCursor: 'x' },
        '/Users?cursor=x': { ...list(2, 'b'), nextCursor: 'x' },
      },
      'a cursor that it had given before',
    ],
    [
      'cursors that go round',
      {
        '/ServiceProviderConfig': { pagination: { cursor: true } },
        '/Users?cursor=': { Resources: [], nextCursor: 'x' },
        '/Users?cursor=x': { Resources: [], nextCursor: 'y' },
        '/Users?cursor=y': { Resources: [], nextCursor: 'x' },
      },
      'a cursor that it had given before',
    ],
    [
      'an error where a page by a cursor should be',
      {
        '/ServiceProviderConfig': { pagination: { cursor: true } },
        '/Users?cursor=': { Resources: [{ id: 'a' }], nextCursor: 'x' },
        '/Users?cursor=x': { detail: 'too many requests', status: '429' },
      },
      'a list without "totalResults"',
    ],
    [
      'a cursor that is no text',
      {
        '/ServiceProviderConfig': { pagination: { cursor: true } },
        '/Users?cursor=': { Resources: [{ id: 'a' }], nextCursor: 2 },
      },
      '"nextCursor" that is no text',
    ],
    [
      'an end of cursors that comes too soon',
      { '/ServiceProviderConfig': { pagination: { cursor: true } }, '/Users?cursor=': list(2, 'a') },
      'it said there were 2, and gave 1',
    ],
  ]

  it.each(wrong)('is not complete where the provider gives %s', async (_name, documents, words) => {
    expect(await read(documents)).toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining(words),
    })
  })

  it.each<[string, unknown]>([
    ['texts', ['a']],
    ['an object', { value: 'a' }],
    ['without a value', [{ display: 'Ada' }]],
    ['with numbers', [{ value: 7 }]],
  ])('is not complete where the members of a group are %s', async (_name, members) => {
    const documents = {
      '/Groups?startIndex=1': { totalResults: 1, Resources: [{ id: 'g', members }] },
      '/Users?startIndex=1': list(1, 'a'),
    }

    expect(await read(documents, { groups: true })).toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining('the group "g" with "members"'),
    })
  })

  it('a number that cannot be told from others is unreadable', async () => {
    api.server.answer(({ path }, response) => {
      const isList = path.startsWith('/Users')
      const body = `{"totalResults": 1, "Resources": [{"id": "a", "number": 12345678901234567891, "share": 0.5}]}`
      response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' }).end(isList ? body : '{}')
    })
    const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'] })

    const { records } = await readAll(sourceType.create({ url: `http://127.0.0.1:${api.server.port}` }, environment))

    expect(records).toEqual([{ fields: { id: ['a'], share: ['0.5'] }, unreadable: { number: 'too-long' } }])
  })

  it('selects nothing where the provider cannot filter', async () => {
    const documents = { '/ServiceProviderConfig': { filter: { supported: false } }, '/Users?startIndex=1': list(0) }

    expect(await read(documents, {}, 'active eq true')).toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining('it cannot filter'),
    })
  })
})
