import { readdirSync, readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { validateFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { abilities, base, writeFiles, type TestFile } from './write-files.ts'

interface Case {
  readonly files: Readonly<Record<string, TestFile>>
  readonly expect: readonly {
    readonly file: string
    readonly line: number
    readonly code: string
    readonly column?: number
  }[]
}

const corpus = new URL('./hostile/', import.meta.url)
const names = readdirSync(corpus).filter((name) => name.endsWith('.json'))

function isCase(value: unknown): value is Case {
  return typeof value === 'object' && value !== null && 'files' in value && 'expect' in value
}

function readCase(name: string): Case {
  const parsed: unknown = JSON.parse(readFileSync(new URL(name, corpus), 'utf8'))
  if (!isCase(parsed)) throw new Error(`${name} is no case`)
  return parsed
}

describe('hostile configuration', () => {
  let folder: string | undefined
  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true })
    folder = undefined
  })

  it('is a corpus of at least forty inputs', () => {
    expect(names.length).toBeGreaterThanOrEqual(40)
  })

  it.each(names)('%s is refused with file and line, within a second of computing', async (name) => {
    const { files, expect: expected } = readCase(name)
    folder = await writeFiles({ 'base.yaml': base, ...files })
    const before = await readdir(folder, { recursive: true })

    const beforeCpu = process.cpuUsage()
    const { valid, findings } = await validateFolder(folder, abilities)
    const { user, system } = process.cpuUsage(beforeCpu)

    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors).toHaveLength(expected.length)
    expect(errors).toMatchObject(expected)
    expect(valid).toBe(false)
    expect((user + system) / 1000).toBeLessThan(1000)
    expect(await readdir(folder, { recursive: true })).toEqual(before)
    expect(Object.hasOwn(Object.prototype, 'exclusive')).toBe(false)
  })
})
