import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

describe('lines of acts', () => {
  it('say a reason and a day of their own, which go before the options', async () => {
    const lines = '{"user":"idp/l1","reason":"talk","expires":"2099-01-01"}\n{"user":"idp/l2"}'
    const given = ['--reason', 'visiting', '--expires', '2099-02-01']
    const added = await guildhall(['member', 'add', 'astro', ...given], lines)
    const disabled = await guildhall(
      ['member', 'disable', 'astro', '--reason', 'over'],
      '{"user":"idp/l1","reason":"lost the badge"}\n{"user":"idp/l2"}',
    )
    await guildhall(['ban', 'add', '--vo', 'astro', '--reason', 'abuse'], '{"user":"idp/l1"}\n{"user":"idp/l2"}')
    const lifted = '{"user":"idp/l1","reason":"sorted out"}\n{"user":"idp/l2"}'
    await guildhall(['ban', 'remove', '--vo', 'astro', '--reason', 'mistaken'], lifted)
    const { stdout } = await guildhall(['audit', 'list', '--vo', 'astro', '--json'])

    expect([added.exitCode, disabled.exitCode]).toEqual([0, 0])
    const { events } = JSON.parse(stdout) as {
      readonly events: readonly { readonly action: string; readonly detail: Readonly<Record<string, unknown>> }[]
    }
    expect(
      events
        .filter(({ action }) => ['add', 'disable', 'unban'].includes(action))
        .slice(0, 6)
        .map(({ action, detail }) => [action, detail['user'], detail['reason'], detail['expires']]),
    ).toEqual([
      ['unban', 'idp/l2', 'mistaken', undefined],
      ['unban', 'idp/l1', 'sorted out', undefined],
      ['disable', 'idp/l2', 'over', undefined],
      ['disable', 'idp/l1', 'lost the badge', undefined],
      ['add', 'idp/l2', 'visiting', '2099-02-01'],
      ['add', 'idp/l1', 'talk', '2099-01-01'],
    ])
  })

  it.each([
    {
      act: ['sponsor', 'add', 'astro', '--sponsor', 'idp/ada'],
      lines: [{ user: 'idp/g1' }, { user: 'idp/g2' }],
      kind: 'Sponsorship',
    },
    {
      act: ['sponsor', 'transfer'],
      lines: [
        { sponsor: 'idp/ada', to: 'idp/grace', user: 'idp/g1' },
        { sponsor: 'idp/ada', to: 'idp/grace', user: 'idp/g2' },
      ],
      kind: 'Sponsorship',
    },
    {
      act: ['identity', 'add', '--user', 'idp/ada'],
      lines: [{ identity: 'idp/ada.1' }, { identity: 'idp/ada.2' }],
      kind: 'Identity',
    },
    { act: ['identity', 'seen'], lines: [{ identity: 'idp/ada.1' }, { identity: 'idp/ada.2' }], kind: 'Identity' },
    { act: ['identity', 'remove'], lines: [{ identity: 'idp/ada.1' }, { identity: 'idp/ada.2' }], kind: 'Identity' },
    {
      act: ['attribute', 'set'],
      lines: [
        { holder: 'user:idp/tycho', name: 'shell', value: '/bin/zsh' },
        { holder: 'user:idp/alan', name: 'shell', value: '/bin/zsh' },
      ],
      kind: 'Value',
    },
    {
      act: ['attribute', 'unset'],
      lines: [
        { holder: 'user:idp/tycho', name: 'shell' },
        { holder: 'user:idp/alan', name: 'shell' },
      ],
      kind: 'Value',
    },
    { act: ['terms', 'accept', 'history'], lines: [{ user: 'idp/mary' }, { user: 'idp/johannes' }], kind: 'Terms' },
    { act: ['notices', 'decline', 'astro'], lines: [{ user: 'idp/g1' }, { user: 'idp/g2' }], kind: 'Notice' },
  ])('of $act say a reason of their own', async ({ act, lines, kind }) => {
    const [first, second] = lines
    const input = [{ ...first, reason: 'asked by mail' }, second].map((line) => JSON.stringify(line)).join('\n')
    const done = await guildhall([...act, '--reason', 'of all'], input)
    const { stdout } = await guildhall(['audit', 'list', '--json'])

    const { events } = JSON.parse(stdout) as {
      readonly events: readonly { readonly kind: string; readonly detail: { readonly reason: string } }[]
    }
    expect(done).toMatchObject({ exitCode: 0, stderr: '' })
    expect(
      events
        .filter((event) => event.kind === kind)
        .slice(0, 2)
        .map(({ detail: { reason } }) => reason)
        .sort(),
    ).toEqual(['asked by mail', 'of all'])
  })

  it.each([
    ...[
      ['sponsor', 'add', 'astro', '--sponsor', 'idp/ada'],
      ['terms', 'accept', 'astro'],
      ['notices', 'decline', 'astro'],
    ].map((act) => [act, '"reason":"two\\nlines"', 'reason: expected words such as "left the institute"'] as const),
    [
      ['ban', 'remove', '--vo', 'astro'],
      '"expires":"2099-01-01"',
      'expires: a ban is lifted at once; "until" on a line',
    ],
    [['ban', 'remove', '--vo', 'astro'], '"reason":""', 'reason: expected words such as "sorted out", got ""'],
    [['member', 'remove', 'astro'], '"expires":"2099-01-01"', 'expected an object such as {"user": "idp/ada"}'],
    [
      ['member', 'add', 'astro'],
      '"expires":"2099-02-30"',
      'expires: expected a day such as "2027-01-31", or null, got',
    ],
    [['member', 'add', 'astro'], '"reason":7', 'reason: expected words such as "left the institute", got the number 7'],
    [
      ['member', 'expires', 'astro'],
      '"reason":"x"',
      'expires: expected a day such as "2027-01-31", or null, here or by `--expires` or `--never` for all, got nothing',
    ],
    [
      ['member', 'disable', 'astro'],
      '"user":"idp/ada"',
      'reason: expected words such as "left the institute", here or by `--reason` for all, got nothing',
    ],
    [['user', 'erase', '--reason', 'x', '--yes'], '"expires":null', 'expected an object such as {"user": "idp/ada"}'],
  ])('of %j do nothing where the second says %s', async (args, said, message) => {
    const good = args.includes('disable') ? '"reason":"x"' : args.includes('expires') ? '"expires":null' : ''
    const first = `{"user":"idp/grace"${good === '' ? '' : `,${good}`}}`
    const { exitCode, stderr } = await guildhall(args, `${first}\n{"user":"idp/ada",${said}}`)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error LINE_INVALID: Cannot read line 2: ${message}`)
    expect(stderr).toContain('; nothing was done')
  })
})
