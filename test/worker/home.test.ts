import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { takeHome } from '../../worker/home.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-home-'))
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

const mark = () => readFileSync(join(home, 'running.json'), 'utf8')

it('is made and taken, and given back', () => {
  home = join(home, 'new', 'one')

  const giveBack = takeHome(home)
  const taken = mark()
  giveBack()

  expect({ taken, after: existsSync(join(home, 'running.json')) }).toEqual({
    taken: expect.stringContaining(`"pid":${process.pid},`),
    after: false,
  })
})

it('that another process keeps is refused, with its number and what to do, and stays as it is', () => {
  takeHome(home)
  const before = mark()

  expect(() => takeHome(home)).toThrow(
    expect.objectContaining({
      code: 'ENVIRONMENT_INVALID',
      message: `Cannot start: Guildhall runs in the home "${home}" already, as process ${process.pid}; stop that one, or choose another folder with --home`,
    }),
  )
  expect(mark()).toBe(before)
})

it('that a process left which was killed is taken over, also where its number is given to another', async () => {
  const sleeper = spawn('sleep', ['60'])
  takeHome(home)
  const of = (pid: number | undefined) => mark().replace(/"pid":\d+/, `"pid":${String(pid)}`)
  writeFileSync(join(home, 'running.json'), of(sleeper.pid))

  takeHome(home)
  const first = mark()
  sleeper.kill('SIGKILL')
  await once(sleeper, 'exit')
  writeFileSync(join(home, 'running.json'), of(sleeper.pid))
  takeHome(home)

  expect([first, mark()]).toEqual(Array.from({ length: 2 }, () => expect.stringContaining(`"pid":${process.pid},`)))
})

it('that is no folder is refused in words', () => {
  writeFileSync(join(home, 'file'), '')

  expect(() => takeHome(join(home, 'file'))).toThrow(
    expect.objectContaining({
      code: 'ENVIRONMENT_INVALID',
      message: expect.stringMatching(/choose a folder of your own with --home$/),
    }),
  )
})
