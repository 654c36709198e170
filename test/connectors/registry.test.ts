import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'
import {
  destinationOptions,
  destinationTypes,
  generatorOptions,
  generators,
  sourceOptions,
  sourceTypes,
} from '../../connectors/registry.ts'
import { renderRegistry } from '../../scripts/generate-registry.ts'

const connectors = new URL('../../connectors/', import.meta.url)

it('connectors/registry.ts is what scripts/generate-registry.ts makes of the folders', async () => {
  expect(await readFile(new URL('registry.ts', connectors), 'utf8')).toBe(await renderRegistry())
})

it('generators and types of destinations and sources go by the names of their folders', () => {
  expect([...generators].filter(([name, generator]) => generator.name !== name)).toEqual([])
  expect([...destinationTypes].filter(([name, { type }]) => type !== name)).toEqual([])
  expect([...generatorOptions.keys()]).toEqual([...generators.keys()])
  expect([...destinationOptions.keys()]).toEqual([...destinationTypes.keys()])
  expect([...sourceTypes].filter(([name, { type }]) => type !== name)).toEqual([])
  expect([...sourceOptions.keys()]).toEqual([...sourceTypes.keys()])
})

it('a generator carries the status of people exactly where its options schema says that it tells who is expired', () => {
  for (const [name, { carriesStatus }] of generators) {
    const told = generatorOptions.get(name)?.['tells']
    expect([name, Array.isArray(told) && told.includes('expired')]).toEqual([name, carriesStatus])
  }
})

it.each(['generators', 'destinations', 'sources'])('every folder of %s has its four files', async (kind) => {
  const folder = fileURLToPath(new URL(`${kind}/`, connectors))
  const names = await readdir(folder)

  const files = await Promise.all(names.map((name) => readdir(`${folder}${name}`)))

  for (const [index, listed] of files.entries()) {
    expect(listed).toEqual(expect.arrayContaining(['README.md', 'index.ts', 'options.schema.json']))
    const name = names[index] ?? ''
    expect(listed.filter((file) => [`${name}.test.ts`, `${name}.integration.test.ts`].includes(file))).not.toEqual([])
  }
})

it('every options schema is closed and describes each option with an example', () => {
  for (const schema of [...generatorOptions.values(), ...destinationOptions.values(), ...sourceOptions.values()]) {
    const properties = Object.values(schema['properties'] ?? {})
    expect(schema).toHaveProperty('additionalProperties')
    for (const property of properties)
      expect(property).toMatchObject({ description: expect.any(String), examples: expect.any(Array) })
  }
})
