import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { serveChanging, statusesOf } from '../../test/connectors/changing-file.ts'
import { startWebServer } from '../../test/connectors/https-server.ts'
import type { WebServer } from '../../test/connectors/https-server.ts'
import { readAll, sourceEnvironment } from '../../test/connectors/read-source.ts'
import { sourceType } from '../sources/csv/index.ts'
import { BodyCache } from './body-cache.ts'

const anHour = 3_600_000
let nowMs = 0
let server: WebServer
let bodyCache: BodyCache
beforeAll(async () => {
  server = await startWebServer(() => undefined, {})
  bodyCache = new BodyCache(await mkdtemp(join(tmpdir(), 'old-bodies-')), { now: () => nowMs })
})
afterAll(async () => {
  await bodyCache.close()
  await server.stop()
})

it('a server whose etag stays though the file is another is asked for the whole file after a day', async () => {
  const served = serveChanging(server, { text: 'login\nada\n', headers: { etag: '"1"' } })
  const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'], bodyCache })
  const source = sourceType.create({ url: `http://127.0.0.1:${server.port}/people` }, environment)
  const logins: unknown[] = []

  for (const hour of [0, 23, 24, 25, 48]) {
    nowMs = hour * anHour
    const { records } = await readAll(source)
    logins.push(records[0]?.fields['login']?.[0])
    served.now = { ...served.now, text: 'login\nbob\n' }
  }

  expect(logins).toEqual(['ada', 'ada', 'ada', 'bob', 'bob'])
  expect(statusesOf(served)).toEqual([200, 304, 304, 200, 304])
})
