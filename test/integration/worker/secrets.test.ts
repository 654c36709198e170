import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { openDependencies } from '../../../worker/dependencies.ts'
import { openSecrets } from '../../../worker/secrets.ts'
import { ground, peopleService } from '../../support/documents.ts'
import { openWorld, type World } from '../bars/world.ts'

jest.setTimeout(120_000)

const services = `${ground}---\n${peopleService}`

const facility = (name: string, secret: string) => `---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: ${name} }
spec:
  services: { people: {} }
  destinations:
    - name: login
      services: [people]
      type: ssh
      options: { host: 127.0.0.1, port: 1, user: guildhall, key: { secret: ${secret} }, hostKey: 'SHA256:${'A'.repeat(43)}' }
`

/** Two keys, one variable: GUILDHALL_SECRET_FACILITY_HPC_NORTH_KEY. */
const twins = `${services}${facility('hpc', 'north_key')}${facility('hpc-north', 'key')}`
const env = { GUILDHALL_SECRET_FACILITY_HPC_NORTH_KEY: 'whose?' }
const key = { kind: 'Facility', document: 'hpc-north', name: 'key' }

describe('a variable that two facilities in force share', () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld()
    await world.commit(new Map([['all.yaml', twins]]))
    expect(await world.settle()).toMatchObject({ kind: 'applied' })
  })
  afterEach(async () => world.close())

  it('is refused by a process that has not read any commit yet', async () => {
    const { config, addresses, log } = world.parts
    const fresh = await openDependencies({ config, addresses, log, env })

    const looked = openSecrets(fresh, env)(key)

    await expect(looked).rejects.toMatchObject({ code: 'SECRET_SHARED' })
    await fresh.close()
  })

  it('is refused when the commit read last is broken where it names one of them', async () => {
    await world.commit(
      new Map([
        ['all.yaml', `${services}${facility('hpc-north', 'key')}`],
        ['more.yaml', 'kind: ['],
      ]),
    )
    await world.settle()

    await expect(openSecrets(world.parts, env)(key)).rejects.toMatchObject({ code: 'SECRET_SHARED' })
  })
})
