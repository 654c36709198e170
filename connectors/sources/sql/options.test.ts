import { describe, expect, it } from '@jest/globals'
import { readOptions } from './options.ts'

const server = {
  dialect: 'postgresql',
  host: 'db.example.org',
  database: 'hr',
  user: 'reader',
  password: { secret: 'own' },
}
const options = { ...server, query: 'select 1' }

describe('the options of an sql source', () => {
  it.each([
    [{}, { ca: undefined, verify: true }],
    [{ plain: true }, undefined],
    [{ host: 'localhost' }, undefined],
    [{ host: '127.0.0.1' }, undefined],
    [{ host: '::1' }, undefined],
    [{ host: '127.0.0.1.example.org' }, { ca: undefined, verify: true }],
    [
      { host: 'localhost', tls: {} },
      { ca: undefined, verify: true },
    ],
    [{ tls: { ca: 'trust/ca.pem' } }, { ca: 'trust/ca.pem', verify: true }],
    [{ tls: { verify: false } }, { ca: undefined, verify: false }],
    [{ dialect: 'mysql' }, { ca: undefined, verify: true }],
    [{ dialect: 'mysql', host: '10.0.0.1', plain: true }, undefined],
  ])('%j is asked with tls %j', (given, tls) => {
    expect(readOptions({ ...options, ...given })).toMatchObject({ server: { tls } })
  })

  it.each([
    [{ dialect: 'db2' }, 'dialect "db2": it must be "postgresql", "mysql", "sqlite" or "oracle"'],
    [{ host: '/var/run/postgresql' }, 'host "/var/run/postgresql": it must be a host name such as "db.example.org"'],
    [{ port: 0 }, 'port 0: it must be a number such as 5432'],
    [{ password: 'hunter2' }, 'password: it must be {secret: name}'],
    [{ tls: { ca: '../ca.pem' } }, 'tls.ca "../ca.pem": it must be a file of the configuration repository'],
    [{ plain: true, tls: {} }, 'plain true: it must be left out where tls is given'],
    [{ dialect: 'mysql', host: '10.0.0.1' }, 'host "10.0.0.1": it must be a name, which the certificate'],
    [{ dialect: 'sqlite', path: '../people.db' }, 'path "../people.db": it must be a path under $GUILDHALL_IN'],
    [{ dialect: 'sqlite' }, 'path: it must be a path under $GUILDHALL_IN'],
    [{ timeoutSeconds: 0 }, 'timeoutSeconds 0: it must be a number from 1 to 3600'],
    [{ query: ' ' }, 'query " ": it must be one select statement'],
  ])('%j is refused', (given, reason) => {
    expect(() => readOptions({ ...options, ...given })).toThrow(`Cannot use an sql source with ${reason}`)
  })
})
