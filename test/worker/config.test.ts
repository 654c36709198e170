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
})
