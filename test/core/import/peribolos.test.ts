import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { importPeribolos } from '../../../core/import/peribolos/import-peribolos.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { abilities } from '../../connectors/config-repo/write-files.ts'

const name = fc.oneof(
  fc.constantFrom('a', 'B', 'res', 'members', '.x', '_x', 'a b', 'a\u0000', 'b\u202ec', '\ud800', 'é\ufffe'),
  fc.string({ unit: 'binary' }),
)
const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  { withCrossShrink: true },
  name,
  fc.constantFrom(null, true, 7, -1.5, '', 'x'.repeat(2_000), [], {}, 'read', 'none', 'secret'),
)
const logins = fc.array(anything, { maxLength: 5 })
const { team } = fc.letrec<{ team: JsonValue }>((tie) => ({
  team: fc.oneof(
    { depthSize: 'small' },
    anything,
    fc.record<Record<string, JsonValue>>(
      {
        ...{ description: anything, members: logins, maintainers: logins, previously: logins, privacy: anything },
        ...{
          repos: fc.dictionary(name, anything, { maxKeys: 3 }),
          teams: fc.dictionary(name, tie('team'), { maxKeys: 3 }),
        },
      },
      { requiredKeys: [] },
    ),
  ),
}))
const organisation = fc.record<Record<string, JsonValue>>(
  {
    ...{ name: anything, admins: logins, members: logins, default_repository_permission: anything },
    ...{ teams: fc.dictionary(name, team, { maxKeys: 4 }), repos: fc.dictionary(name, anything, { maxKeys: 3 }) },
  },
  { requiredKeys: [] },
)

it('whatever stands in organisations, what is written is valid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-peribolos-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.oneof(anything, organisation), { maxKeys: 3 }), async (orgs) => {
        const file = { file: 'orgs.yaml', value: { orgs }, lineOf: () => 1 }
        const { files } = importPeribolos([file], { instance: 'one', source: 'github' })
        run += 1

        const written = await writeRepository(files, {
          ...{ folder: join(folder, String(run)), shown: 'there', adds: false, abilities },
        })

        expect(written.paths).toContain('instance.yaml')
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
