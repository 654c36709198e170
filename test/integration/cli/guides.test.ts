import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

const guides = 'astro/telescope:guides'

async function actAs(actor: string, ...command: readonly string[]): Promise<number> {
  const { exitCode } = await guildhall([...command, '--as', actor])
  return exitCode
}

describe('the subgroup of the sample that names no managers', () => {
  it.each([
    ['a manager of the group above', 'idp/caroline'],
    ['a membership manager of the group above', 'idp/annie'],
    ['a manager of the VO', 'idp/ada'],
    ['somebody in the group that manages the VO', 'idp/grace'],
    ['a membership manager of the VO', 'idp/cecilia'],
    ['somebody in the group of membership managers of the VO', 'idp/alan'],
    ['an admin of the instance', 'idp/joan'],
  ])('is filled and emptied by %s', async (_, actor) => {
    expect(await actAs(actor, 'group', 'add', guides, 'idp/edwin', '--expires', '2027-06-01')).toBe(0)
    expect(await actAs(actor, 'group', 'expires', guides, 'idp/edwin', '--expires', '2027-07-01')).toBe(0)
    const { stdout } = await guildhall(['members', '--vo', 'astro', '--group', 'telescope:guides', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ members: [{ user: 'idp/edwin', origins: ['manager'] }] })
    expect(await actAs(actor, 'group', 'remove', guides, 'idp/edwin')).toBe(0)
  })

  it.each([
    ['somebody in it', 'idp/edwin', 'idp/mary'],
    ['somebody in the group above, which manages another subgroup', 'idp/henrietta', 'idp/edwin'],
    ['somebody who may only ban', 'idp/mary', 'idp/edwin'],
    ['a manager of another VO', 'idp/williamina', 'idp/edwin'],
  ])('is not filled by %s', async (_, actor, user) => {
    await guildhall(['group', 'add', guides, 'idp/edwin'])

    const { exitCode, stderr } = await guildhall(['group', 'add', guides, user, '--as', actor])

    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^error ACTOR_NOT_ELIGIBLE: .*astro\/telescope:guides/),
    ])
  })

  it('is led from above by whoever leads the group above, and no group beside it', async () => {
    expect(await actAs('idp/annie', 'group', 'add', 'astro/engineers', 'idp/edwin')).toBe(1)
    expect(await actAs('idp/annie', 'group', 'add', 'astro/telescope', 'idp/edwin')).toBe(0)
  })
})
