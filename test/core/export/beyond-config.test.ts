import { expect, it } from '@jest/globals'
import { beyondConfig } from '../../../core/export/beyond-config.ts'
import { exportState } from '../../../core/export/export-state.ts'
import type { MembershipRow } from '../../../core/model/state.ts'
import { isIdentity } from '../../../schemas/validate.ts'
import { desire, instance, vo } from '../../support/builders.ts'

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
