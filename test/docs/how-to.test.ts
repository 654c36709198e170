import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
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
