import { expect, it } from '@jest/globals'
import { beyondConfig } from '../../../core/export/beyond-config.ts'
import { exportState } from '../../../core/export/export-state.ts'
import type { MembershipRow } from '../../../core/model/state.ts'
import { isIdentity } from '../../../schemas/validate.ts'
import { desire, instance, source, vo } from '../../support/builders.ts'

const row = (user: number, origin: MembershipRow['origin'], own: Partial<MembershipRow> = {}): MembershipRow => ({
  ...{ vo: 'astro', user, origin, originName: '', status: 'VALID' },
  ...own,
})

const until = 'hr (until 2026-01-05T10:00:00.000Z)'

it('names people by identities that documents may hold, and tells who has none', () => {
  const state = {
    objects: desire(instance(), vo('astro', { members: [] })).objects.map((object) => ({ ...object, id: 1 })),
    people: [
      { id: 1, identities: [`${until}/1`, 'idp/ada'], attributes: {} },
      { id: 2, identities: [`${until}/2`], attributes: {} },
    ],
    rows: [row(1, 'config'), row(2, 'config'), row(1, 'manager'), row(2, 'application', { group: 'board' })],
    members: [],
  }

  const documents = exportState(state, isIdentity).flatMap((file) => file.documents)
  const { acts, nameless } = beyondConfig(state, isIdentity)

  expect(documents.flatMap(({ kind, spec }) => (kind === 'VO' ? [spec.members] : []))).toEqual([['idp/ada']])
  expect(acts.map(({ command, lines }) => ({ command, lines }))).toEqual([
    { command: 'guildhall member add astro', lines: [{ user: 'idp/ada', expires: null }] },
  ])
  expect(nameless).toEqual([
    { user: `${until}/2`, place: 'astro' },
    { user: `${until}/2`, place: 'astro/board' },
  ])
})

it('names all files of the repository that sources read, wherever their options name them', () => {
  const sources = [
    source('files', { type: 'csv', options: { file: 'survey/people.csv' } }),
    source('directory', { type: 'ldap', options: { ca: 'trust/ldap-ca.pem', base: 'dc=example' } }),
    source('database', { type: 'sql', options: { tls: { ca: 'trust/db-ca.pem', verify: true } } }),
    source('both', { type: 'json', options: { url: 'https://example.org/people.json', ca: 'trust/ldap-ca.pem' } }),
  ]
  const objects = desire(instance(), ...sources).objects.map((object) => ({ ...object, id: 1 }))

  expect(beyondConfig({ objects, people: [], rows: [], members: [] }, isIdentity).files).toEqual([
    { source: 'files', file: 'survey/people.csv' },
    { source: 'directory', file: 'trust/ldap-ca.pem' },
    { source: 'database', file: 'trust/db-ca.pem' },
    { source: 'both', file: 'trust/ldap-ca.pem' },
  ])
})

it('counts memberships by managers and applications that are over', () => {
  const people = [{ id: 1, identities: ['idp/ada'], attributes: {} }]
  const over = [row(1, 'manager', { status: 'EXPIRED' }), row(1, 'application', { group: 'board', status: 'EXPIRED' })]
  const rows = [...over, row(1, 'manager', { vo: 'art' }), row(1, 'config', { status: 'EXPIRED' })]

  const { acts, over: counted } = beyondConfig({ objects: [], people, rows, members: [] }, isIdentity)

  expect({ counted, places: acts.map(({ command }) => command) }).toEqual({
    ...{ counted: 2, places: ['guildhall member add art'] },
  })
})

it('tells who is DISABLED of those who will be members again', () => {
  const people = [1, 2, 3, 4].map((id) => ({ id, identities: [`idp/${id}`], attributes: {} }))
  const rows = [
    ...[row(1, 'config'), row(2, 'sync', { group: 'board' }), row(3, 'manager', { status: 'EXPIRED' })],
    ...[row(4, 'config'), row(1, 'config', { vo: 'art' })],
  ]
  const members = [1, 2, 3].map((user) => ({ vo: 'astro', user, status: 'DISABLED' as const }))
  const valid = [
    { vo: 'astro', user: 4, status: 'VALID' as const },
    { vo: 'art', user: 1, status: 'VALID' as const },
  ]

  const { acts } = beyondConfig({ objects: [], people, rows, members: [...members, ...valid] }, isIdentity)

  const reason = 'was DISABLED where this was exported'
  expect(acts).toEqual([
    {
      ...{ name: 'astro-disabled', command: 'guildhall member disable astro' },
      lines: [
        { user: 'idp/1', reason },
        { user: 'idp/2', reason },
      ],
    },
  ])
})
