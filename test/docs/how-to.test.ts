import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readAbilities } from '../../cli/system/abilities.ts'
import { generators } from '../../connectors/registry.ts'
import { validateFolder } from '../../connectors/config-repo/validate-folder.ts'
import { abilities, base, writeFilesTo } from '../connectors/config-repo/write-files.ts'
import { examplesOf } from '../support/how-to.ts'

test.each([
  ['declare-attribute', 4],
  ['notification', 1],
])('the examples of %s are valid together', async (name, examples) => {
  const blocks = examplesOf(name)
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-how-to-'))
  try {
    await writeFilesTo(folder, { 'all.yaml': [base, ...blocks].join('---\n') })

    const { findings } = await validateFolder(folder, abilities)

    expect(blocks.length).toBe(examples)
    expect(findings).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the examples of new-service are valid together, with what this program can do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-how-to-'))
  try {
    await writeFilesTo(folder, { 'all.yaml': [base, ...examplesOf('new-service')].join('---\n') })

    const { findings } = await validateFolder(folder, readAbilities())

    expect(findings).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('new-service lists every generator once', () => {
  const page = readFileSync(new URL('../../docs/how-to/new-service.md', import.meta.url), 'utf8')

  const listed = [
    ...page.matchAll(/^\| \[`([a-z0-9-]+)`\]\(..\/..\/connectors\/generators\/([a-z0-9-]+)\/README.md\)/gm),
  ]

  expect(listed.filter(([, name, folder]) => name !== folder)).toEqual([])
  expect(listed.map(([, name]) => name).sort()).toEqual([...generators.keys()].sort())
})
