import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { createSecrets, findSharedVariables, secretVariable } from './secrets.ts'
import type { SecretPlaces, SecretReference } from './secrets.ts'

const key: SecretReference = { kind: 'Facility', document: 'hpc', name: 'key' }
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function secrets(places: Partial<SecretPlaces> = {}): ReturnType<typeof createSecrets> {
  return createSecrets({ folder, variables: {}, references: () => [key], ...places })
}

async function store(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text)
}

it('a secret lies in the file of its document, its last newline not being part of it', async () => {
  await store('Facility/hpc/key', 'top\nsecret\n')

  expect(await secrets()(key)).toBe('top\nsecret')
})

it('a secret may come from the variable of its document', async () => {
  expect(await secrets({ variables: { GUILDHALL_SECRET_FACILITY_HPC_KEY: 'top secret' } })(key)).toBe('top secret')
})

it('the file goes before the variable', async () => {
  await store('Facility/hpc/key', 'file')

  expect(await secrets({ variables: { GUILDHALL_SECRET_FACILITY_HPC_KEY: 'variable' } })(key)).toBe('file')
})

it("a VO's document has a folder in the VO's", async () => {
  await store('Resource/astro/cluster/token', 'x')

  expect(await secrets()({ kind: 'Resource', document: 'astro/cluster', name: 'token' })).toBe('x')
})

it('a missing secret says both places it was looked for in', async () => {
  await expect(secrets()(key)).rejects.toMatchObject({
    code: 'SECRET_MISSING',
    message: `Cannot find secret "key" of Facility "hpc": put it into the file ${join(folder, 'Facility/hpc/key')} or the variable GUILDHALL_SECRET_FACILITY_HPC_KEY`,
  })
  await expect(secrets({ folder: undefined })(key)).rejects.toThrow('$GUILDHALL_SECRETS/Facility/hpc/key')
})

it('a variable that two documents would share is refused, a file is not', async () => {
  const twins = ['a-b', 'a.b'].map((document) => ({ kind: 'Facility', document, name: 'key' }))
  const [first = key] = twins
  const variables = { GUILDHALL_SECRET_FACILITY_A_B_KEY: 'whose?' }
  const lookUp = secrets({ variables, references: () => [...twins, key] })

  await expect(lookUp(first)).rejects.toMatchObject({
    code: 'SECRET_SHARED',
    message: expect.stringContaining('Facility/a-b/key and Facility/a.b/key'),
  })
  await store('Facility/a-b/key', 'mine')
  expect(await lookUp(first)).toBe('mine')
})

it('names of one document and of another one that run together share a variable', () => {
  const references = [
    { kind: 'Facility', document: 'a', name: 'b_key' },
    { kind: 'Facility', document: 'a_b', name: 'key' },
    { kind: 'Facility', document: 'a', name: 'b_key' },
    key,
  ]

  expect(findSharedVariables(references)).toEqual([references.slice(0, 2)])
})

it('the same secret named twice by one document is no clash', () => {
  expect(findSharedVariables([key, { ...key }])).toEqual([])
})

it('variables are upper case with underscores', () => {
  expect(secretVariable({ kind: 'Resource', document: 'astro/Cluster-1', name: 'api.token' })).toBe(
    'GUILDHALL_SECRET_RESOURCE_ASTRO_CLUSTER_1_API_TOKEN',
  )
})
