import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'
import { readAbilities } from '../../../cli/system/abilities.ts'
import { desireFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { exportState } from '../../../core/export/export-state.ts'
import type { DesiredObject, StoredObject } from '../../../core/model/config-object.ts'
import type { Desired, DesiredRow } from '../../../core/model/state.ts'
import { isIdentity } from '../../../schemas/validate.ts'
import { planFolder } from '../../support/plan-folder.ts'

const sample = fileURLToPath(new URL('../../../config-repo', import.meta.url))
const abilities = readAbilities()

it('what is exported of the sample asks for the same as the sample', async () => {
  const desired = await desireFolder(sample, abilities)
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-export-'))
  try {
    const { faults } = await writeRepository(exportState(await stateOf(desired), isIdentity), {
      ...{ folder, shown: folder, adds: false, abilities },
    })

    const again = await desireFolder(folder, abilities)
    expect(faults).toEqual([])
    expect(again.objects.map(asked)).toEqual(desired.objects.map(asked))
    expect(again.rows.map(rowAsked).sort()).toEqual(desired.rows.map(rowAsked).sort())
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** What the state would hold of the sample, derived values of things among it. */
async function stateOf({ rows }: Desired): Promise<Parameters<typeof exportState>[0]> {
  const plan = await planFolder(sample)
  const objects = plan.changes.flatMap((change): StoredObject[] =>
    'want' in change ? [{ ...change.want, id: 1 }] : [],
  )
  const users = [...new Set(rows.map(({ user }) => user))]
  return {
    objects,
    people: users.map((user, index) => ({ id: index, identities: [user], attributes: {} })),
    rows: rows.map((row) => ({
      ...{ ...row, user: users.indexOf(row.user) },
      ...{ origin: 'config', originName: '', status: 'VALID' },
    })),
  }
}

function asked({ kind, vo, name, title, description, spec, governsMembers }: DesiredObject): object {
  return { kind, vo, name, title, description, spec, governsMembers }
}

function rowAsked({ vo, group, user, expires, attributes }: DesiredRow): string {
  return JSON.stringify({ vo, group, user, expires, attributes })
}
