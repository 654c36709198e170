import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

describe('why of a VO', () => {
  it('tells the status, the rows behind it, terms, levels and what is missing', async () => {
    const why: unknown = JSON.parse((await guildhall(['why', 'idp/tycho', 'history', '--json'])).stdout)
    const { stdout } = await guildhall(['why', 'idp/tycho', 'history'])
    const members = await guildhall(['members', '--vo', 'history'])

    expect(why).toMatchObject({
      ...{ status: 'INVALID', terms: { version: '2026-01' } },
      missing: [{ code: 'terms-due' }, { code: 'attribute-missing' }, { code: 'attribute-missing' }],
    })
    expect(stdout).toMatch(/^idp\/tycho is a member of VO history \(status INVALID.*\)\n/)
    expect(stdout).toMatch(/ROW OF +ORIGIN .*\n +history.* config .*people.csv:4/)
    expect(members.stdout).toMatch(/idp\/tycho +INVALID, lacks user.email/)
  })
})

describe('members of a resource', () => {
  it('are whom its groups lead there, with access or without', async () => {
    const { exitCode, stdout } = await guildhall(['members', '--resource', 'history/reading-room'])
    const neither = await guildhall(['members'])
    const both = await guildhall(['members', '--vo', 'history', '--resource', 'history/reading-room'])

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^USER +ACCESS +STATUS +THROUGH\n/)
    expect(stdout).toMatch(/\nidp\/tycho +no +INVALID +history.*\(config\)/)
    expect(stdout).toMatch(/\n\d+ of \d+ people have access to resource history\/reading-room\n$/)
    expect(neither.stderr).toBe(
      'error COMMAND_MISUSED: Cannot list members: expected --vo NAME, or --resource VO/NAME\n',
    )
    expect(both.exitCode).toBe(1)
  })
})
