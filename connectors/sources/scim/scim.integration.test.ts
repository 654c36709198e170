import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { scimRig } from '../../../test/connectors/scim-rig.ts'
import { hasScimServer, startScimServer } from '../../../test/connectors/scim-server.ts'
import type { ScimServer } from '../../../test/connectors/scim-server.ts'
import { startSilentServer } from '../../../test/connectors/silent-server.ts'
import type { SilentServer } from '../../../test/connectors/silent-server.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import { peopleOf } from '../../../test/connectors/source-rig.ts'
import type { Source } from '../../source.ts'
import { sourceType } from './index.ts'

const withServer = hasScimServer ? describe : describe.skip
const people = peopleOf(950)
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const users = people.map(({ login, name, team }, index) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  userName: login,
  displayName: name,
  title: team,
  active: index % 2 === 0,
  emails: [{ value: `${String(login)}@home.example` }, { value: `${String(login)}@example.org`, primary: true }],
  [enterprise]: { department: `Department ${index % 7}` },
}))

describe.each([{ cursor: false }, { cursor: true }])('with cursors: $cursor', ({ cursor }) => {
  withServer('a scim2-server (needs it: scripts/install-test-servers.sh)', () => {
    let server: ScimServer
    let ids: readonly string[] = []
    beforeAll(async () => {
      server = await startScimServer({ cursor })
      ids = await server.load('/Users', users)
    })
    afterAll(() => server.stop())

    function source(options = {}, token = server.token): Source {
      const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'], secret: async () => token })
      return sourceType.create({ url: server.url, token: { secret: 'token' }, ...options }, environment)
    }

    it('names everybody exactly', async () => {
      const { records, end } = await readAll(source())

      const kept = records.map(({ fields }) => ({
        ...{ userName: fields['userName'], displayName: fields['displayName'], title: fields['title'] },
        ...{ active: fields['active'], mail: fields['emails.value'], department: fields['enterprise.department'] },
      }))
      const expected = people.map(({ login, name, team }, index) => ({
        ...{ userName: [login], displayName: [name], title: [team] },
        ...{ active: [index % 2 === 0 ? 'true' : 'false'], department: [`Department ${index % 7}`] },
        mail: [`${String(login)}@example.org`, `${String(login)}@home.example`],
      }))
      const inOrder = (list: readonly { readonly userName?: readonly unknown[] | undefined }[]) =>
        list.toSorted((one, other) => String(one.userName).localeCompare(String(other.userName)))
      expect(end).toEqual({ complete: true, count: 950 })
      expect(inOrder(kept)).toEqual(inOrder(expected))
    })

    it.each([
      ['title eq "compiler"', 190],
      [`displayName eq "${String(people[7]?.['name']).replaceAll(/["\\]/g, '\\$&')}"`, 1],
      ['userName sw "person9" and active eq true', 30],
      ['userName eq "nobody"', 0],
    ])('selects by the filter %s', async (filter, count) => {
      expect((await readAll(source(), filter)).end).toEqual({ complete: true, count })
    })

    it('says what it says of a filter that is none', async () => {
      await expect(readAll(source(), 'nonsense')).rejects.toMatchObject({
        code: 'SOURCE_REFUSED',
        message: expect.stringContaining('invalidFilter'),
      })
    })

    it('tells groups by /Groups', async () => {
      const [group = ''] = await server.load('/Groups', [
        { displayName: 'Operators', members: ids.slice(0, 2).map((value) => ({ value, type: 'User' })) },
      ])

      const { records } = await readAll(source({ groups: true }))

      const members = records.filter(({ fields }) => fields['groups.value']?.includes(group) === true)
      expect(members.map(({ fields }) => fields['id']?.[0]).sort()).toEqual(ids.slice(0, 2).toSorted())
      expect(members.map(({ fields }) => fields['groups.display'])).toEqual([['Operators'], ['Operators']])
    })

    it('a check passes with its token, and is refused with another one', async () => {
      const { signal } = new AbortController()

      await source().check({ signal })

      await expect(source({}, 'of-nobody').check({ signal })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    })
  })
})

withServer('a scim2-server with cursors, whose people change', () => {
  let server: ScimServer
  let silent: SilentServer
  let its: ReturnType<typeof scimRig>
  beforeAll(async () => {
    server = await startScimServer({ cursor: true })
    silent = await startSilentServer()
    its = scimRig(sourceType, server, silent)
  })
  afterAll(async () => {
    its.close()
    silent.stop()
    await server.stop()
  })

  // Nobody sees how many users it gave out.
  keepsTheSourceContract(() => its.rig, { cannot: ['given'] })
})
