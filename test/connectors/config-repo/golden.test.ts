import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { validateFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { abilities } from './write-files.ts'

const golden = new URL('./golden/', import.meta.url)

/** `UPDATE_GOLDEN=1` writes what is found now; read the difference before you keep it. */
const updates = process.env['UPDATE_GOLDEN'] === '1'

describe('messages about mistakes', () => {
  it.each(readdirSync(golden))('%s are as in expected.txt', async (name) => {
    const folder = new URL(`${name}/`, golden)

    const { findings } = await validateFolder(fileURLToPath(folder), abilities)

    const lines = findings.map(
      ({ severity, code, file, line, column, path, message }) =>
        `${file}:${line}:${column} ${path}: ${message} [${severity} ${code}]\n`,
    )
    if (updates) writeFileSync(new URL('expected.txt', folder), lines.join(''))
    expect(lines.join('')).toBe(readFileSync(new URL('expected.txt', folder), 'utf8'))
  })
})
