import { createServer } from 'node:net'
import { expect, it } from '@jest/globals'
import { choosePort } from '../../worker/embedded/ports.ts'

it('a port lies below those of outgoing connections, and is not one that is taken', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, async () => choosePort(undefined)))

  expect(ports.filter((port) => port < 20_000 || port >= 32_000)).toEqual([])
})

it('the wanted port is kept while nobody listens on it', async () => {
  const wanted = await choosePort(undefined)
  const server = createServer()

  const free = await choosePort(wanted)
  await new Promise<void>((resolve) => server.listen({ port: wanted, host: '127.0.0.1' }, resolve))
  const other = await choosePort(wanted)
  await new Promise((resolve) => server.close(resolve))

  expect(free).toBe(wanted)
  expect(other).not.toBe(wanted)
})
