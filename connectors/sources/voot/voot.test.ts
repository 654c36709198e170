import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { answerJson } from '../../../test/connectors/https-server.ts'
import { jsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import type { Given, JsonApiRig } from '../../../test/connectors/json-api-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { sourceType } from './index.ts'

let api: JsonApiRig
beforeAll(async () => {
  api = await jsonApiRig({
    type: sourceType,
    options: { user: 'guildhall', password: { secret: 'password' }, pageSize: 500 },
    secrets: { password: 'a-password-that-nobody-may-see' },
    names: { login: 'id', name: 'displayName', team: 'group.id' },
    path: '/voot',
    selectTeam: (team) => team,
    isKnown: ({ headers }) => headers.authorization?.startsWith('Basic ') === true,
    answer: answerOf,
  })
})
afterAll(() => api.stop())

function answerOf({ pathname, searchParams }: URL, people: readonly Person[]): Given | undefined {
  const page = (all: readonly unknown[]) => {
    const startIndex = Number(searchParams.get('startIndex'))
    const entry = all.slice(startIndex, startIndex + Number(searchParams.get('count')))
    return { startIndex, itemsPerPage: entry.length, totalResults: all.length, entry }
  }
  const teams = [...new Set(people.map(({ team }) => String(team)))]
  if (pathname === '/voot/groups') return { body: page(teams.map((id) => ({ id, displayName: id }))), people: 0 }
  const group = /^\/voot\/groups\/([^/]+)\/members$/.exec(pathname)?.[1]
  if (group === undefined) return undefined
  const members = people.filter(({ team }) => team === group)
  const body = page(members.map(({ login, name }) => ({ id: login, displayName: name })))
  return { body, people: body.entry.length }
}

type Documents = Readonly<Record<string, unknown>>

async function read(documents: Documents, options = {}, select?: string): Promise<unknown> {
  api.server.answer(({ path }, response) => {
    const url = new URL(path, 'http://localhost')
    const start = url.searchParams.get('startIndex') === '0' ? '' : `?${url.searchParams.get('startIndex')}`
    const document = documents[`${url.pathname}${start}`]
    answerJson(response, document ?? {}, document === undefined ? 404 : 200)
  })
  const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'] })
  const source = sourceType.create({ url: `http://127.0.0.1:${api.server.port}`, ...options }, environment)
  return readAll(source, select).catch((error: unknown) => error)
}

const operators = { id: 'urn:collab:group:a/b c', displayName: { en: 'Operators' }, membership: { basic: 'member' } }
const ada = {
  id: 'ada',
  displayName: 'Ada',
  emails: [{ value: 'ada@example.org', type: 'work' }],
  membership: { basic: 'admin' },
}
const membersPath = '/groups/urn%3Acollab%3Agroup%3Aa%2Fb%20c/members'

describe('a voot source', () => {
  keepsTheSourceContract(() => api.rig)

  it('gives each member of each group with the group and the role in it', async () => {
    const documents = {
      '/groups': [operators, { id: 'g2' }],
      [membersPath]: [ada, { id: 'bob' }],
      '/groups/g2/members': [{ id: 'ada' }],
    }

    expect(await read(documents)).toEqual({
      records: [
        {
          fields: {
            id: ['ada'],
            displayName: ['Ada'],
            'emails.value': ['ada@example.org'],
            'emails.type': ['work'],
            'group.id': ['urn:collab:group:a/b c'],
            'group.displayName.en': ['Operators'],
            role: ['admin'],
          },
        },
        { fields: { id: ['bob'], 'group.id': ['urn:collab:group:a/b c'], 'group.displayName.en': ['Operators'] } },
        { fields: { id: ['ada'], 'group.id': ['g2'] } },
      ],
      end: { complete: true, count: 3 },
    })
  })

  it('gives somebody with two roles in a group once for each', async () => {
    const members = ['member', 'admin'].map((basic) => ({ id: 'ada', membership: { basic } }))

    expect(await read({ '/groups/g/members': members }, {}, 'g')).toEqual({
      records: ['member', 'admin'].map((role) => ({ fields: { id: ['ada'], 'group.id': ['g'], role: [role] } })),
      end: { complete: true, count: 2 },
    })
  })

  it('reads the groups of the owner of its token, where that is asked for', async () => {
    expect(await read({ '/me/groups': [operators], [membersPath]: [ada] }, { groups: 'mine' })).toMatchObject({
      end: { complete: true, count: 1 },
    })
  })

  it('reads one group that is selected, whatever is in its name', async () => {
    const documents = { [membersPath]: [ada], '/groups/%2E%2E%2Fpeople': [] }

    expect(await read(documents, {}, 'urn:collab:group:a/b c')).toMatchObject({ end: { complete: true, count: 1 } })
    expect(await read(documents, {}, '../people')).toMatchObject({ code: 'SOURCE_ANSWER_WRONG' })
    expect(api.server.received.at(-1)?.path).toContain('/groups/..%2Fpeople/members')
    for (const select of ['', '.', '..', '\ud800'])
      expect(await read({ '/members': [ada], '/groups//members': [ada] }, {}, select)).toMatchObject({
        code: 'SOURCE_ANSWER_WRONG',
        message: expect.stringContaining('no part of a URL'),
      })
  })

  it('reads version 1, page by page', async () => {
    const documents = {
      '/groups/@me': {
        startIndex: 0,
        totalResults: 1,
        itemsPerPage: 1,
        entry: [{ id: 'g', title: 'G', voot_membership_role: 'admin' }],
      },
      '/people/@me/g': { totalResults: 2, entry: [{ id: 'ada', voot_membership_role: 'manager' }] },
      '/people/@me/g?1': { totalResults: 2, entry: [{ id: 'bob' }] },
    }

    expect(await read(documents, { version: 1 })).toEqual({
      records: [
        { fields: { id: ['ada'], 'group.id': ['g'], 'group.title': ['G'], role: ['manager'] } },
        { fields: { id: ['bob'], 'group.id': ['g'], 'group.title': ['G'] } },
      ],
      end: { complete: true, count: 2 },
    })
  })

  const wrong: readonly (readonly [string, Documents, string])[] = [
    ['a group that is gone', { '/groups': [{ id: 'g' }] }, 'it answers 404'],
    ['no list', { '/groups': { message: 'hello' } }, 'a list of objects was expected'],
    ['a list of texts', { '/groups': ['g'] }, 'a list of objects was expected'],
    ['a group without an id', { '/groups': [{ displayName: 'G' }] }, 'something without an "id"'],
    [
      'a member twice',
      {
        '/groups': [{ id: 'g' }],
        '/groups/g/members': { totalResults: 3, entry: [{ id: 'a' }, { id: 'b' }] },
        '/groups/g/members?2': { totalResults: 3, entry: [{ id: 'b' }] },
      },
      'it names "b" twice',
    ],
    [
      'a page, and then a list without pages',
      {
        '/groups': [{ id: 'g' }],
        '/groups/g/members': { totalResults: 3, entry: [{ id: 'a' }] },
        '/groups/g/members?1': [{ id: 'b' }],
      },
      'one that has no pages',
    ],
    ...['.', '..', '\ud800'].map(
      (id) =>
        [
          `a group called ${JSON.stringify(id)}`,
          { '/groups': [{ id }], '/members': [] },
          'can be no part of a URL',
        ] as const,
    ),
    [
      'fewer than it said',
      {
        '/groups': [{ id: 'g' }],
        '/groups/g/members': { totalResults: 2, entry: [{ id: 'a' }] },
        '/groups/g/members?1': { totalResults: 2, entry: [] },
      },
      'it said there were 2, and gave 1',
    ],
  ]

  it.each(wrong)('is not complete where the provider gives %s', async (_name, documents, words) => {
    expect(await read(documents)).toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining(words),
    })
  })
})
