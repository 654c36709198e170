import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../worker/config.ts'

describe('the environment of the worker', () => {
  it('may be empty: production, both roles, everything in .guildhall', () => {
    const config = readConfig({}, '/srv')

    expect(config).toMatchObject({
      home: '/srv/.guildhall',
      out: '/srv/.guildhall/out',
      isDev: false,
      roles: ['api', 'worker'],
      instance: 'guildhall',
      pollMs: 120_000,
      pollJitterMs: 60_000,
      host: '127.0.0.1',
      port: 0,
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('on a developer’s machine the repository is looked at every 2 s', () => {
    expect(readConfig({ GUILDHALL_MODE: 'dev' }, '/srv')).toMatchObject({ pollMs: 2_000, pollJitterMs: 0 })
  })

  it('a crash may be asked for on a developer’s machine only', () => {
    const crashing = { GUILDHALL_CRASH_AT: 'plan.after:2' }

    expect(readConfig({ ...crashing, GUILDHALL_MODE: 'dev' }, '/srv').crash).toEqual({
      point: 'plan.after',
      passing: 2,
    })
    expect(readConfig({ ...crashing, GUILDHALL_MODE: 'production' }, '/srv').crash).toBeUndefined()
    expect(readConfig(crashing, '/srv').crash).toBeUndefined()
  })

  it('addresses and ranges inside may be opened to sources, and nothing else is one', () => {
    const allowed = (text: string) => readConfig({ GUILDHALL_ALLOW_PRIVATE: text }, '/srv').allowedPrivate

    expect(allowed(' 10.1.2.3, fd00::/8,10.8.0.0/16 ')).toEqual(['10.1.2.3', 'fd00::/8', '10.8.0.0/16'])
    expect(allowed('')).toEqual([])
    expect(() => allowed('10.1.2.3,ldap.example.org')).toThrow(
      'Cannot start with GUILDHALL_ALLOW_PRIVATE="10.1.2.3,ldap.example.org": expected addresses and ranges such as 10.1.2.3,10.8.0.0/16',
    )
  })

  it('holds are announced to an https address, and on a developer’s machine to a receiver beside us', () => {
    const to = (url: string, mode = 'production') =>
      readConfig({ GUILDHALL_MODE: mode, GUILDHALL_ANNOUNCE_URL: url, GUILDHALL_ANNOUNCE_SECRET: 's' }, '/srv')
        .announceTo

    expect(to('https://chat.example.org/hook/k3y')).toEqual({ url: 'https://chat.example.org/hook/k3y', secret: 's' })
    expect(to('http://127.0.0.1:8080/', 'dev')).toMatchObject({ url: 'http://127.0.0.1:8080/' })
    expect(to('http://[::1]:8080/', 'dev')).toMatchObject({ url: 'http://[::1]:8080/' })
    expect(readConfig({ GUILDHALL_ANNOUNCE_SECRET: 's' }, '/srv').announceTo).toBeUndefined()
  })

  it.each([
    ['http://127.0.0.1:8080/', 'production'],
    ['http://chat.example.org/k3y', 'dev'],
    ['http://127.0.0.1.example.org/k3y', 'dev'],
    ['https://user:k3y@chat.example.org/', 'production'],
    ['file:///etc/k3y', 'dev'],
    ['chat.example.org/k3y', 'dev'],
  ])('holds are not announced to %s (%s), and the refusal does not repeat it', (url, mode) => {
    const env = { GUILDHALL_MODE: mode, GUILDHALL_ANNOUNCE_URL: url, GUILDHALL_ANNOUNCE_SECRET: 's' }

    const read = () => readConfig(env, '/srv')

    expect(read).toThrow(
      'Cannot start with this GUILDHALL_ANNOUNCE_URL: expected an https address without user and password; http is for addresses of this machine with GUILDHALL_MODE=dev',
    )
    expect(read).not.toThrow('k3y')
  })

  it('holds are not announced without a signature', () => {
    expect(() => readConfig({ GUILDHALL_ANNOUNCE_URL: 'https://chat.example.org/' }, '/srv')).toThrow(
      'Cannot start with this GUILDHALL_ANNOUNCE_SECRET: expected the key that signs what GUILDHALL_ANNOUNCE_URL gets',
    )
  })

  it.each([
    [{ GUILDHALL_ROLES: 'api,cook' }, 'Cannot start with GUILDHALL_ROLES="api,cook": expected a list of api, worker'],
    [{ GUILDHALL_PORT: '70000' }, 'Cannot start with GUILDHALL_PORT="70000": expected a whole number from 0 to 65535'],
    [{ GUILDHALL_MODE: 'test' }, 'Cannot start with GUILDHALL_MODE="test": expected one of dev, production'],
    [
      { GUILDHALL_INSTANCE: 'a/b' },
      'Cannot start with GUILDHALL_INSTANCE="a/b": expected a name of letters, digits, ".", "_" and "-"',
    ],
  ])('%j is refused', (env, message) => {
    expect(() => readConfig(env, '/srv')).toThrow(message)
  })

  it('reads where mail goes, and never shows the password in what it refuses', () => {
    const url = 'smtp://guildhall:sesame@mail.example.org:587'
    expect(
      readConfig({ GUILDHALL_SMTP_URL: url, GUILDHALL_MAIL_FROM: 'Hall <hall@example.org>' }, '/srv'),
    ).toMatchObject({ smtpUrl: url, mailFrom: 'Hall <hall@example.org>' })
    expect(() => readConfig({ GUILDHALL_SMTP_URL: 'https://x:sesame@y' }, '/srv')).toThrow(
      /^Cannot start with this GUILDHALL_SMTP_URL: expected smtp:/,
    )
    for (const from of ['nobody', 'Hall <hall@example.org>\r\nBcc: x@y', 'a@b c@d']) {
      expect(() => readConfig({ GUILDHALL_MAIL_FROM: from }, '/srv')).toThrow(/an address such as Guildhall </)
    }
  })
})
