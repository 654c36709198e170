import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { importPerun } from '../../../core/import/perun/import-perun.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { isCapability } from '../../../schemas/validate.ts'
import { abilities } from '../../connectors/config-repo/write-files.ts'

const id = fc.integer({ min: 1, max: 4 })
const name = fc.oneof(
  fc.constantFrom('a', 'A', 'members', 'res', 'local', 'perun', '.x', 'b\u0000', '', '2030-01-01'),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const anything: fc.Arbitrary<JsonValue> = fc.oneof(name, id, fc.constantFrom<JsonValue>(null, [], {}, true, 'VALID'))
const attribute = fc.record<Record<string, JsonValue>>({
  friendlyName: fc.oneof(
    name,
    fc.constantFrom('shells', 'a.b', 'a b', '1', 'capabilities', '__proto__', 'login', 'Groups'),
  ),
  namespace: fc
    .tuple(
      fc.constantFrom('vo', 'group', 'facility', 'resource', 'user', 'group_resource', 'member', 'member_group'),
      fc.constantFrom('def', 'opt'),
    )
    .map(([holder, kind]) => `urn:perun:${holder}:attribute-def:${kind}`),
  type: fc.constantFrom(
    ...['String', 'Integer', 'Boolean', 'LargeString'].map((type) => `java.lang.${type}`),
    ...['ArrayList', 'LinkedHashMap', 'LargeArrayList', 'Date'].map((type) => `java.util.${type}`),
  ),
  value: fc.oneof(
    anything,
    fc.array(fc.oneof(name, fc.constantFrom('res:a', 'res:group')), { maxLength: 3 }),
    fc.dictionary(name, name, { maxKeys: 3 }),
  ),
  ...{ displayName: anything, description: anything },
})
const bean = fc.record<Record<string, JsonValue>>(
  {
    ...{ id, userId: id, voId: id, facilityId: id, parentGroupId: id, name, shortName: name, description: anything },
    ...{ firstName: anything, lastName: anything, login: name, extSource: fc.record({ name }), status: anything },
    user: fc.record({ id, lastName: name }),
    attributes: fc.array(attribute, { maxLength: 2 }),
    userAttributes: fc.array(attribute, { maxLength: 2 }),
    memberAttributes: fc
      .array(attribute, { maxLength: 2 })
      .map((own) => [{ friendlyName: 'membershipExpiration', value: '2031-01-01' }, ...own]),
  },
  { requiredKeys: ['id'] },
)
const method = fc.constantFrom(
  ...['getUsers', 'getUserExtSources', 'getMembers', 'getGroups', 'getGroupMembers', 'getGroupUnions', 'getVos'],
  ...['getFacilities', 'getResources', 'getAssignedGroups', 'getAttributes', 'getAdmins', 'getRichMembers'],
  ...['getRichMembersWithAttributes', 'getGroupRichMembers', 'getRichUsersWithAttributes'],
)
const call = fc.record({
  file: fc.constant('answers.json'),
  method,
  asked: fc
    .array(fc.tuple(fc.constantFrom('group', 'vo', 'user', 'facility', 'resource', 'member'), id), {
      minLength: 1,
      maxLength: 2,
    })
    .map((all) => new Map(all)),
  entries: fc
    .array(fc.oneof({ weight: 6, arbitrary: bean }, { weight: 3, arbitrary: attribute }, anything), { maxLength: 5 })
    .map((values) => values.map((value, index) => ({ line: index + 1, value }))),
})
const first = {
  ...{ file: 'vos.json', method: 'getVos', asked: new Map<string, number>() },
  entries: [1, 2].map((one) => ({ line: one, value: { id: one, shortName: `vo${one}` } })),
}

it('whatever methods gave, what is written is valid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-perun-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        run += 1
        const { files } = importPerun([first, ...calls], { instance: 'one', namespace: 'einfra', isCapability })

        const there = await writeRepository(files, {
          ...{ folder: join(folder, String(run)), shown: 'there', adds: false, abilities },
        })

        expect(there.paths).toContain('vo1/vo.yaml')
      }),
      { numRuns: 300 },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
