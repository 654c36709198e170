import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { temporalVersion } from '../worker/embedded/temporal-binary.ts'

/** Each test fails once its pin can be lifted, and says so by its name; docs/decisions keeps the reasons. */

interface Package {
  readonly version?: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, unknown>>
  readonly packages?: Readonly<Record<string, Package>>
}

const ours = read('package.json')

it('protobufjs is a direct dependency as long as some package would put version 7 at the top', () => {
  const { packages = {} } = read('package-lock.json')
  const wanting = Object.entries(packages).filter(
    ([path, { dependencies }]) => path !== '' && /^\^7\b/.test(dependencies?.protobufjs ?? ''),
  )

  expect(wanting.map(([path]) => path)).not.toEqual([])
  expect(ours.dependencies?.protobufjs).toMatch(/^8\./)
  expect(packages['node_modules/protobufjs']?.version).toMatch(/^8\./)
})

it('cookie is overridden as long as light-my-request wants version 2, which wants Node 22', () => {
  expect(installed('light-my-request').dependencies?.cookie).toMatch(/\^2/)
  expect(installed('cookie').version).toMatch(/^1\./)
  expect(ours.overrides).toHaveProperty(['light-my-request', 'cookie'])
})

it('the Temporal command line stays at 1.9.1 until the SDK moves on', () => {
  expect([temporalVersion, installed('@temporalio/testing').version]).toEqual(['1.9.1', '1.24.0'])
})

it('TypeScript stays below 6.1 as long as typescript-eslint does not accept it', () => {
  expect(installed('typescript-eslint').peerDependencies?.typescript).toMatch(/<6\.1/)
})

it.each([
  ['commander', 15],
  ['dependency-cruiser', 18],
  ['eslint-plugin-jsdoc', 63],
])('%s stays below version %i as long as Node 20 is supported', (name, tooNew) => {
  const major = Number(installed(name).version?.split('.')[0])

  expect(major).toBeLessThan(tooNew)
  expect(ours.engines?.node).toMatch(/^>=20\./)
})

function installed(name: string): Package {
  return read(`node_modules/${name}/package.json`)
}

function read(path: string): Package {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
  if (isPackage(parsed)) return parsed
  throw new Error(`"${path}" is not a JSON object`)
}

/** npm wrote these files, so their shape is trusted. */
function isPackage(value: unknown): value is Package {
  return typeof value === 'object' && value !== null
}
