import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import pino from 'pino'
import { startApi, type RunningApi } from '../../api/start.ts'
import { GuildhallError } from '../../core/errors.ts'
import { isOneLine } from '../../core/model/one-line.ts'
import { askApi } from '../support/ask-api.ts'
import { injections } from '../support/hostile.ts'
import { fakeDependencies } from './fake-dependencies.ts'

const folder = mkdtempSync(join(tmpdir(), 'guildhall-api-injections-'))
const socketPath = join(folder, 'api.sock')
let api: RunningApi
let asked: unknown

beforeAll(async () => {
  const withActs = async (): Promise<never> => {
    throw new GuildhallError('APPLICATION_UNKNOWN', `Cannot find "${String(asked)}"`, {
      facts: { asked: String(asked) },
    })
  }
  api = await startApi({
    ...{ port: 0, host: '127.0.0.1', socket: socketPath, log: pino({ level: 'silent' }) },
    deps: fakeDependencies({ withActs }),
  })
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

it('an injection in a question is refused at the border or reaches the act as it is, and every answer is a problem document', async () => {
  for (const text of injections) {
    asked = text
    const reason = { application: 1, as: 'idp/ada', reason: text }
    const byReason = await askApi({ socketPath, path: '/applications/reject', body: reason })
    const byName = await askApi({
      socketPath,
      path: `/applications?vo=${encodeURIComponent(Buffer.from(text).toString())}`,
    })

    expect([text, byReason.status]).toEqual([text, isOneLine(text) ? 404 : 400])
    for (const { status, type, headers } of [byReason, byName]) {
      expect([text, type, [400, 404].includes(status)]).toEqual([
        text,
        expect.stringContaining('application/problem+json'),
        true,
      ])
      expect(Object.keys(headers)).not.toContain('x-evil')
    }
  }
})
