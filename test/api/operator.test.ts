import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import pino from 'pino'
import { carriesToken, readOperatorToken } from '../../api/operator-token.ts'
import { createRateLimit } from '../../api/rate-limit.ts'
import { startApi } from '../../api/start.ts'
import { findUnkept } from '../../core/model/find-unkept.ts'
import { askApi } from '../support/ask-api.ts'
import { fakeDependencies } from './fake-dependencies.ts'

const folder = mkdtempSync(join(tmpdir(), 'guildhall-operator-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const token = 'abcd'.repeat(10)

describe('the token of the operator', () => {
  it.each([
    ['mine', token, 0o600, { token }],
    ['line', `${token}\n`, 0o400, { token }],
    ['shared', token, 0o640, { absent: expect.stringContaining('others may read') }],
    ['open', token, 0o604, { absent: expect.stringContaining('others may read') }],
    ['short', 'tiger', 0o600, { absent: expect.stringContaining('fewer than 32 characters') }],
  ])('counts where nobody else may read its file, and it is long: %s', async (...[name, text, mode, expected]) => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode })

    expect(await readOperatorToken(file)).toEqual(expected)
  })

  it('is absent where there is no file', async () => {
    mkdirSync(join(folder, 'sub'), { mode: 0o700 })

    expect(await readOperatorToken(join(folder, 'none'))).toEqual({ absent: expect.stringContaining('cannot be read') })
    expect(await readOperatorToken(join(folder, 'sub'))).toEqual({ absent: expect.stringContaining('is no file') })
  })

  it.each([
    [`Bearer ${token}`, true],
    [`bearer  ${token}`, true],
    [`Bearer ${token}x`, false],
    [`Bearer ${token.slice(1)}`, false],
    [`Basic ${token}`, false],
    [token, false],
    ['Bearer ', false],
    [undefined, false],
  ])('is carried by %j: %p', (header, carries) => {
    expect(carriesToken(header, token)).toBe(carries)
  })
})

describe('the local socket', () => {
  const options = { port: 0, host: '127.0.0.1', deps: fakeDependencies(), log: pino({ level: 'silent' }) }

  it('is the owner’s alone, takes the place of one that was left, and goes with the server', async () => {
    const socket = join(folder, 'api.sock')
    writeFileSync(socket, 'left over')
    const running = await startApi({ ...options, socket })

    const { status } = await askApi({ socketPath: socket, path: '/status' })
    const { mode } = statSync(socket)
    await running.close()

    expect([running.socket, status, mode & 0o777]).toEqual([socket, 200, 0o600])
    expect(existsSync(socket)).toBe(false)
  })

  it('stays where another process has taken its place', async () => {
    const socket = join(folder, 'both.sock')
    const first = await startApi({ ...options, socket })
    const second = await startApi({ ...options, socket })
    await first.close()

    const { status } = await askApi({ socketPath: socket, path: '/status' })
    await second.close()

    expect(status).toBe(200)
  })

  it('is left out where its path is too long', async () => {
    const { socket, close } = await startApi({ ...options, socket: join(folder, 'x'.repeat(100), 'api.sock') })
    await close()

    expect(socket).toBeUndefined()
  })
})

describe('the limit of failures', () => {
  it('lets a caller wait until the span is over, and nobody else', () => {
    let now = 0
    const limit = createRateLimit({ most: 2, spanMs: 1000, now: () => new Date(now), callers: 2 })
    limit.failed('a')
    const once = limit.waitMs('a')
    limit.failed('a')
    now = 400

    expect([once, limit.waitMs('a'), limit.waitMs('b')]).toEqual([undefined, 600, undefined])
    now = 1000
    expect(limit.waitMs('a')).toBeUndefined()
  })

  it('remembers no more callers than it may', () => {
    const limit = createRateLimit({ most: 1, spanMs: 1000, now: () => new Date(0), callers: 2 })
    for (const caller of ['a', 'b', 'c']) limit.failed(caller)

    expect(['a', 'b', 'c'].map((caller) => limit.waitMs(caller))).toEqual([undefined, 1000, 1000])
  })
})

describe('what can be kept', () => {
  it.each([
    [{ a: ['ž', 1, null, '𝄞'] }, undefined],
    [{ a: 'x\0' }, '\\u0000'],
    [{ 'x\0': 1 }, '\\u0000'],
    [['\ud800'], '\\ud800'],
  ])('is told of %j: %p', (value, lost) => {
    expect(findUnkept(value)).toBe(lost)
  })
})
