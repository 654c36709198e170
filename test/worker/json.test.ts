import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

it.each(['dev', 'worker', 'api'])(
  '%s --json tells a program why it cannot start, and prints nothing else',
  (command) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, command, '--json'], {
      env: { PATH: process.env['PATH'], GUILDHALL_PORT: '70000' },
      encoding: 'utf8',
    })

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'ENVIRONMENT_INVALID',
        message: 'Cannot start with GUILDHALL_PORT="70000": expected a whole number from 0 to 65535',
        facts: { variable: 'GUILDHALL_PORT' },
      },
    })
  },
  60_000,
)
