import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { readAbilities } from '../../cli/system/abilities.ts'
import { validateFolder } from '../../connectors/config-repo/validate-folder.ts'
import { destinationTypes } from '../../connectors/registry.ts'

const sample = fileURLToPath(new URL('../../config-repo', import.meta.url))
const facilities = 'instance/facilities.yaml'

test('the sample shows every type of destination, in documents or in comments that are valid ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-commented-'))
  try {
    await cp(sample, folder, { recursive: true })
    const text = await readFile(join(folder, facilities), 'utf8')
    const begin = text.indexOf('\n# ---\n') + 1
    const uncommented = text.slice(0, begin) + text.slice(begin).replaceAll(/^# ?/gm, '')
    await writeFile(join(folder, facilities), uncommented)

    const { findings } = await validateFolder(folder, readAbilities())

    expect(begin).toBeGreaterThan(0)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    const shown = [...uncommented.matchAll(/\btype: ([a-z-]+)/g)].map(([, type]) => type)
    expect([...destinationTypes.keys()].filter((type) => !shown.includes(type))).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})
