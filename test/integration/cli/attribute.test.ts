import { describe, expect, it } from '@jest/globals'
import type { Ran } from '../../cli/run-program.ts'
import { onSample } from './on-database.ts'

const { guildhall: run } = onSample()

const guildhall = async (args: readonly string[], input = ''): Promise<Ran> => run(['attribute', ...args], input)

describe('guildhall attribute', () => {
  it('sets a value, by the name with or without its holder, and reads it again', async () => {
    const set = await guildhall(['set', 'user:idp/tycho', 'email', 'tycho@example.org', '--reason', 'asked for'])
    const got = await guildhall(['get', 'user:idp/tycho', 'user.email', '--json'])

    expect(set).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('tycho@example.org') })
    expect(JSON.parse(got.stdout)).toEqual({
      ...{ holder: 'user:idp/tycho', name: 'user.email', value: 'tycho@example.org', origin: 'manager', at: null },
    })
  })

  it('reads what git gives, with the place', async () => {
    const read = [
      await guildhall(['get', 'host:hpc/login1.hpc.example.org', 'room']),
      await guildhall(['get', 'group-resource:astro/engineers/astro/cluster-batch', 'queue']),
      await guildhall(['get', 'group-resource:astro/telescope/astro/cluster-batch', 'queue']),
      await guildhall(['list', 'member:astro/idp/joan']),
    ]

    expect(read.map(({ stdout }) => stdout)).toEqual([
      ...['A1\n', 'fast\n', 'normal\n'],
      expect.stringMatching(/^NAME +VALUE +FROM\nmember.badge +0042 +astro\/vo.yaml:\d+\n$/),
    ])
  })

  it('refuses what git gives, with file and line, and what the attribute lets nobody write', async () => {
    const refused = await guildhall(['set', 'user:idp/ada', 'email', 'x@example.org', '--json'])
    const denied = await guildhall(['set', 'member:astro/idp/grace', 'badge', '0001', '--as', 'idp/annie'])

    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(JSON.parse(refused.stderr)).toEqual({
      error: {
        code: 'ATTRIBUTE_REFUSED',
        message: expect.stringMatching(
          /^Cannot set user.email of "user:idp\/ada": instance\/people.yaml:\d+ gives the value; change it there$/,
        ),
        facts: { holder: 'user:idp/ada', name: 'user.email', reason: 'declared' },
      },
    })
    expect(denied.stderr).toBe(
      'error ATTRIBUTE_REFUSED: Cannot set member.badge of "member:astro/idp/grace": only vo-managers may write it, as its Attribute document says; an admin of the instance may write it, too\n',
    )
  })

  it('takes many from standard input, and answers a line each', async () => {
    const lines = [
      { holder: 'user:idp/alan', name: 'shell', value: '/bin/zsh' },
      { holder: 'user:idp/alan', name: 'shell', value: '/bin/fish' },
      { holder: 'member:astro/idp/alan', name: 'member.badge', value: '0042' },
    ]

    const { stdout, exitCode } = await guildhall(['set'], lines.map((line) => JSON.stringify(line)).join('\n'))

    expect(exitCode).toBe(1)
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { holder: 'user:idp/alan', name: 'user.shell', value: '/bin/zsh' },
      {
        ...{ holder: 'user:idp/alan', name: 'user.shell' },
        error: {
          code: 'ATTRIBUTE_REFUSED',
          message:
            'Cannot set user.shell of "user:idp/alan": expected "/bin/bash", "/bin/zsh", got "/bin/fish"; did you mean "/bin/bash"?',
          facts: { holder: 'user:idp/alan', name: 'user.shell', reason: 'value-invalid' },
        },
      },
      {
        ...{ holder: 'member:astro/idp/alan', name: 'member.badge' },
        error: {
          code: 'ATTRIBUTE_REFUSED',
          message:
            'Cannot set member.badge of "member:astro/idp/alan": "idp/joan" has or had this value, and it is unique; choose another',
          facts: { holder: 'member:astro/idp/alan', name: 'member.badge', reason: 'taken' },
        },
      },
    ])
  })

  it('reads many from standard input, and says of each line what is there, or why it is not told', async () => {
    const lines = [
      { holder: 'user:idp/grace', name: 'email' },
      { holder: 'member:astro/idp/grace', name: 'badge' },
      { holder: 'host:hpc/login1.hpc.example.org', name: 'room' },
      { holder: 'user:idp/grase', name: 'email' },
      { holder: 'user:idp/grace', name: 'emial' },
      { holder: 'user:idp/annie', name: 'user.sshKeys' },
    ]

    const { stdout, exitCode } = await guildhall(
      ['get', '--as', 'idp/annie'],
      lines.map((line) => JSON.stringify(line)).join('\n'),
    )

    expect(exitCode).toBe(1)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      {
        ...{ holder: 'user:idp/grace', name: 'user.email' },
        error: {
          code: 'ACTOR_NOT_ELIGIBLE',
          message: expect.stringMatching(
            /^Cannot read user.email of "user:idp\/grace" as "idp\/annie": only .+ may read it/,
          ),
          facts: { holder: 'user:idp/grace', name: 'user.email', reason: 'not-allowed' },
        },
      },
      expect.objectContaining({ name: 'member.badge', error: expect.objectContaining({ code: 'ACTOR_NOT_ELIGIBLE' }) }),
      expect.objectContaining({ name: 'host.room', error: expect.objectContaining({ code: 'ACTOR_NOT_ELIGIBLE' }) }),
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'OBJECT_UNKNOWN',
          message: expect.stringContaining('nobody has the identity "idp/grase"'),
        }),
      }),
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'OBJECT_UNKNOWN',
          message: expect.stringContaining('there is no attribute "user.emial"; did you mean "user.email"?'),
        }),
      }),
      { holder: 'user:idp/annie', name: 'user.sshKeys', value: null, origin: null, at: null },
    ])
  })

  it.each([
    [['get', 'user:idp/ada'], /Cannot use attribute "" of "user:idp\/ada": expected a name such as "user.shell"/],
    [['get', 'user:idp/nobody', 'email'], /OBJECT_UNKNOWN: Cannot read user.email of "user:idp\/nobody": nobody has/],
    [['list', 'user:idp/nobody'], /OBJECT_UNKNOWN: Cannot read values of "user:idp\/nobody": nobody has/],
    [['set', 'idp/ada', 'email', 'x'], /Cannot read holder "idp\/ada": expected one of vo:<vo>, /],
    [
      ['set', 'user:idp/ada', 'member.badge', 'x'],
      /Cannot use attribute "member.badge" of "user:idp\/ada": expected a name such as/,
    ],
    [['set', 'user:idp/ada', 'email'], /expected a value; `guildhall attribute unset` takes one away/],
  ])('says what is wrong with %j', async (args, message) => {
    expect(await guildhall(args)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) })
  })
})
