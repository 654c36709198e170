import { beforeAll, describe, expect, it } from '@jest/globals'
import { hostileFolders } from '../../connectors/hostile/configuration.ts'
import { fileInputs } from '../../connectors/hostile/files.ts'
import { gitInputs } from '../../connectors/hostile/git.ts'
import { httpsInputs } from '../../connectors/hostile/https.ts'
import { computingMs, openHostileWorld, outsideOf, type HostileInput } from '../../connectors/hostile/input.ts'
import { secretInputs } from '../../connectors/hostile/secrets.ts'
import { sshInputs } from '../../connectors/hostile/ssh.ts'

const mostMs = 1_000
const areas: Readonly<Record<string, readonly HostileInput[]>> = {
  git: gitInputs(),
  YAML: hostileFolders('yaml'),
  names: hostileFolders('names'),
  secrets: secretInputs(),
  'generated files': fileInputs(),
  ssh: sshInputs(),
  https: httpsInputs(),
}

/** Offers an input and tells what came of it. */
async function offered({ prepare }: HostileInput) {
  const world = await openHostileWorld()
  try {
    const offer = await prepare(world)
    const outside = await outsideOf(world)
    const before = computingMs()
    const refusals = await offer()
    const took = computingMs() - before
    return { refusals, took, outside, outsideAfter: await outsideOf(world) }
  } finally {
    await world.close()
  }
}

// A worker has compiled its schemas long before the first commit comes.
beforeAll(async () => {
  for (const inputs of Object.values(areas)) await Promise.all(inputs.slice(0, 1).map(offered))
})

it('are so many in each area', () => {
  const counts = Object.entries(areas).map(([area, inputs]) => [area, new Set(inputs.map(({ name }) => name)).size])

  expect(Object.fromEntries(counts)).toEqual({
    git: 81,
    YAML: 39,
    names: 27,
    secrets: 19,
    'generated files': 287,
    ssh: 157,
    https: 111,
  })
})

describe.each(Object.entries(areas))('hostile inputs of %s', (_, inputs) => {
  it.each(inputs.map((input) => [input.name, input] as const))('%s', async (_name, input) => {
    const { refusals, took, outside, outsideAfter } = await offered(input)

    expect(refusals).toMatchObject(input.refused)
    expect(took).toBeLessThan(mostMs)
    expect(outsideAfter).toEqual(outside)
    expect(Object.hasOwn(Object.prototype, 'exclusive')).toBe(false)
  })
})
