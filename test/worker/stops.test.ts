import { describe, expect, it } from '@jest/globals'
import { stopAll, type Stop } from '../../worker/stops.ts'

const never = new Promise<never>(() => undefined)

describe('stopAll', () => {
  it('stops what looks outside first, and the two servers together once nothing uses them', async () => {
    const events: string[] = []
    const servers = { PostgreSQL: signal(), Temporal: signal() }
    const meeting = (name: keyof typeof servers, other: keyof typeof servers): Stop => ({
      name,
      stop: async () => {
        servers[name].give()
        await servers[other].given
        events.push('a server')
      },
    })
    const plain = (name: Stop['name']): Stop => ({ name, stop: async () => void events.push(name) })
    const stops = [
      ...[meeting('PostgreSQL', 'Temporal'), meeting('Temporal', 'PostgreSQL')],
      ...[plain('connections'), plain('roles'), plain('endpoints')],
    ]

    const isInTime = await stopAll(stops, { log: undefined, patienceMs: 10_000 })

    expect({ isInTime, events }).toEqual({
      isInTime: true,
      events: ['endpoints', 'roles', 'connections', 'a server', 'a server'],
    })
  })

  it('goes on with the others where one cannot be stopped', async () => {
    const stopped: string[] = []
    const stops: Stop[] = [
      { name: 'PostgreSQL', stop: async () => void stopped.push('PostgreSQL') },
      { name: 'roles', stop: async () => Promise.reject(new Error('the worker is in a bad state')) },
    ]

    expect(await stopAll(stops, { log: undefined, patienceMs: 10_000 })).toBe(true)

    expect(stopped).toEqual(['PostgreSQL'])
  })

  it('ends every server by force where the time is over first, whatever is in its way', async () => {
    const killed: string[] = []
    const kept = (name: Stop['name']): Stop => ({
      name,
      stop: async () => never,
      kill: async () => void killed.push(name),
    })
    const stops = [kept('PostgreSQL'), kept('Temporal'), { name: 'roles', stop: async () => never } as const]

    const isInTime = await stopAll(stops, { log: undefined, patienceMs: 20 })

    expect({ isInTime, killed }).toEqual({ isInTime: false, killed: ['PostgreSQL', 'Temporal'] })
  })
})

function signal() {
  let give: () => void = () => undefined
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
