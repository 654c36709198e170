import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from '@jest/globals'
import { readAbilities } from '../../cli/system/abilities.ts'
import { readOptionsSchema } from '../../schemas/options-schema.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../../connectors/registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'options-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, schema: unknown): URL {
  writeFileSync(join(folder, name), JSON.stringify(schema))
  return pathToFileURL(join(folder, name))
}

it('options that are written once stand in every schema that refers to them', () => {
  write('shared.json', { properties: { token: { type: 'string' } } })
  const file = write('own.json', { properties: { token: { $ref: 'shared.json#/properties/token' } } })

  expect(readOptionsSchema(file)).toEqual({ properties: { token: { type: 'string' } } })
})

it('a reference to what is not there, and a schema that is none, are refused', () => {
  write('empty.json', { properties: {} })
  const file = write('astray.json', { properties: { token: { $ref: 'empty.json#/properties/token' } } })

  expect(() => readOptionsSchema(file)).toThrow('refers to empty.json#/properties/token, which is not there')
  expect(() => readOptionsSchema(write('list.json', []))).toThrow('list.json is no JSON object')
})

it('the command line reads the same options off the folders that the registry has', () => {
  expect(readAbilities()).toEqual({ generatorOptions, destinationOptions, sourceOptions })
})
