import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { tellDenied } from '../../worker/denied.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-denied-'))
})

afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true, force: true })
})

/** As the file system throws it; whoever runs the tests may be allowed everything. */
function denied(path: string): Error {
  return Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES', path })
}

it('a file that may not be written is told by place, owner and user, in one line', () => {
  const path = join(folder, 'postgres.json.new')
  writeFileSync(path, '')
  const { uid, username } = userInfo()

  expect(tellDenied(denied(path))).toMatchObject({
    code: 'ENVIRONMENT_INVALID',
    message: `Cannot use "${path}": it, which belongs to user ${uid}, is not writable by this user, ${username} (${uid}); give it to this user, or choose a folder of your own with --home`,
  })
})

it('a file in a folder that is not writable is told by the folder', () => {
  const gone = join(folder, 'gone')

  expect(tellDenied(denied(join(gone, 'postgres.json.new')))).toMatchObject({
    message: expect.stringContaining(`: "${gone}" is not writable by this user, `),
  })
})

it('any other error stays as it is', () => {
  const error = Object.assign(new Error('spawn git EACCES'), { code: 'EACCES', path: 'git' })

  expect(tellDenied(error)).toBe(error)
  expect(tellDenied(new RangeError('no'))).toEqual(new RangeError('no'))
})
