import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ListedHold } from '../../../core/model/answers.ts'
import type { Ran } from '../../cli/run-program.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { onConfiguration } from './on-database.ts'

/** No admin: `lab` has two managers, `solo` one. */
const configuration = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: lab }
spec: { managers: [{ user: idp/ada }, { user: idp/grace }] }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: lab, name: crew }
spec: { allowEmpty: true }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: solo }
spec: { managers: [{ user: idp/ada }] }
`

const { guildhall: run, pool } = onConfiguration(configuration)

describe('acts that take away too much', () => {
  beforeAll(async () => {
    for (const vo of ['lab', 'solo']) await guildhall(['member', 'add', vo, ...people])
  })

  async function guildhall(
    args: readonly string[],
    { at = '22:00', day = '2026-11-22', input = '' } = {},
  ): Promise<Ran> {
    return run(args, input, { now: () => new Date(`${day}T${at}:00Z`) })
  }

  async function holds(): Promise<readonly (ListedHold & { losses: readonly object[] })[]> {
    const { stdout } = await guildhall(['holds', '--json'])
    return (JSON.parse(stdout) as { holds: (ListedHold & { losses: readonly object[] })[] }).holds
  }

  /** The digest of the first hold. */
  async function heldNow(): Promise<string> {
    return (await holds())[0]?.digest ?? ''
  }

  async function refusalOf(args: readonly string[], at?: string): Promise<string> {
    const { stderr, exitCode } = await guildhall(args, at === undefined ? {} : { at })
    expect(exitCode).toBe(1)
    return stderr
  }

  it('are held with exit code 3, say so to people and programs, and are shown with who would lose what', async () => {
    const entered = ['member', 'disable', 'lab', ...half, '--as', 'idp/ada', '--reason', 'they left']
    const text = await guildhall(entered)
    const json = await guildhall([...entered, '--json'])
    const lines = half.map((user) => JSON.stringify({ user })).join('\n')
    const stream = await guildhall(['member', 'disable', 'lab', '--as', 'idp/ada', '--reason', 'they left'], {
      input: lines,
    })

    const [hold] = await holds()
    const digest = hold?.digest ?? ''
    expect([text.exitCode, json.exitCode, stream.exitCode]).toEqual([3, 3, 3])
    expect(text.stdout).toContain(`idp/p00  held    ${digest.slice(0, 12)}\n`)
    expect(text.stdout).toContain(`guildhall approve ${digest} --reason "…"`)
    expect(JSON.parse(json.stdout)).toEqual({ members: half.map((user) => ({ user, held: digest })) })
    expect(stream.stdout).toBe(half.map((user) => `${JSON.stringify({ user, held: digest })}\n`).join(''))
    expect(await holds()).toEqual([
      {
        ...{ scope: 'vo:lab', digest, since: '2026-11-22T22:00:00.000Z' },
        reasons: [expect.objectContaining({ code: 'removes-too-many', subject: 'vo lab' })],
        change: {
          ...{ kind: 'act', what: 'member disable', place: 'lab', people: 6, reason: 'they left' },
          ...{ by: 'idp/ada', authentication: 'unauthenticated' },
        },
        losses: half.map((user) => ({ user, loses: ['vo lab'] })),
      },
    ])
    const shown = (await guildhall(['holds'])).stdout
    expect(shown).toContain('  only member disable of 6 people in lab, by idp/ada (unauthenticated): they left\n')
    expect(shown).toContain('  ! when it was entered: vo lab would lose 6 of 12 people')
    expect(shown).toContain('  - idp/p00 loses vo lab\n')
    expect((await guildhall(['status'])).stdout).toContain('only member disable of 6 people in lab')
  })

  it('are approved by somebody else, and done at once', async () => {
    const digest = await heldNow()
    const approve = ['approve', digest, '--reason', 'agreed']

    expect(await refusalOf([...approve, '--as', 'idp/ada'], '23:30')).toContain(
      'whose change it is: expected somebody else, as 1 other person may approve it',
    )
    expect(await refusalOf([...approve, '--as', 'idp/p00'])).toContain('APPROVER_NOT_ELIGIBLE')
    const { stdout, exitCode } = await guildhall([...approve, '--as', 'idp/grace', '--json'])

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      approved: { scope: 'vo:lab', digest, by: 'idp/grace', reason: 'agreed' },
      members: half.map((user) => ({ user, status: 'DISABLED', expires: null })),
    })
    expect(await holds()).toEqual([])
    expect((await guildhall(['members', '--vo', 'lab'])).stdout).toMatch(/idp\/p00 +DISABLED: they left +direct/)
    expect(await refusalOf(approve)).toContain('HOLD_NOT_APPROVABLE')
  })

  it('are approved by who entered them where nobody else may, after an hour and by their number', async () => {
    await guildhall(['member', 'disable', 'solo', ...half, '--as', 'idp/ada', '--reason', 'over'])
    const digest = await heldNow()
    const approve = ['approve', digest, '--reason', 'agreed', '--as', 'idp/ada']

    expect(await refusalOf([...approve, '--losses', '6'], '22:59')).toContain('from 2026-11-22 23:00 UTC on')
    expect(await refusalOf(approve, '23:00')).toContain('it takes `--losses N`')
    expect(await refusalOf([...approve, '--losses', '5'], '23:00')).toContain('it takes `--losses N`')
    expect((await guildhall([...approve, '--losses', '6'], { at: '23:00' })).stdout).toMatch(
      /^Approved [0-9a-f]{12} for vo:solo as idp\/ada; it is done\.\n\nUSER +STATUS +EXPIRES\nidp\/p00 +DISABLED/,
    )
  })

  it('are held anew, with exit code 3, where more is lost by then than was approved', async () => {
    await guildhall(['member', 'enable', 'lab', ...half])
    await guildhall(['member', 'disable', 'lab', ...half, '--reason', 'again'])
    const digest = await heldNow()
    await guildhall(['group', 'add', 'lab/crew', 'idp/p00'])
    await guildhall(['member', 'leave', 'lab', 'idp/p05', '--as', 'idp/p05'])

    const more = await guildhall(['approve', digest, '--as', 'idp/ada', '--reason', 'agreed', '--json'])
    const [held] = await holds()
    const anew = held?.digest ?? ''
    const within = await guildhall(['approve', anew, '--as', 'idp/ada', '--reason', 'agreed'])

    expect([more.exitCode, JSON.parse(more.stdout)]).toEqual([
      3,
      {
        held: {
          scope: 'vo:lab',
          digest: anew,
          reasons: [expect.objectContaining({ code: 'removes-too-many', subject: 'vo lab' })],
        },
      },
    ])
    expect(held?.losses[0]).toEqual({ user: 'idp/p00', loses: ['group lab/crew', 'vo lab'] })
    expect(within.exitCode).toBe(0)
    expect(await refusalOf(['approve', digest, '--as', 'idp/ada', '--reason', 'twice'])).toContain(
      'HOLD_NOT_APPROVABLE',
    )
  })

  it('stay the change of who entered them, whoever has the identity by then', async () => {
    await guildhall(['identity', 'add', 'idp/ada2', '--user', 'idp/ada'])
    await guildhall(['member', 'enable', 'lab', ...half])
    await pool().query('delete from loss')
    await guildhall(['member', 'disable', 'lab', ...half, '--as', 'idp/ada2', '--reason', 'once more'])
    const approve = ['approve', await heldNow(), '--reason', 'agreed']
    await guildhall(['identity', 'remove', 'idp/ada2'])

    expect(await refusalOf([...approve, '--as', 'idp/ada'])).toContain('whose change it is')
    await guildhall(['identity', 'add', 'idp/ada2', '--user', 'idp/grace'])
    expect(await refusalOf([...approve, '--as', 'idp/ada'])).toContain('whose change it is')
    expect((await guildhall([...approve, '--as', 'idp/ada2'])).exitCode).toBe(0)
    await guildhall(['identity', 'remove', 'idp/ada2'])
  })

  it('entered on the machine itself are approved by somebody with a name', async () => {
    await guildhall(['member', 'enable', 'solo', ...half])
    await guildhall(['member', 'delete', 'solo', ...half, '--reason', 'gone'])
    const digest = await heldNow()

    expect(await refusalOf(['approve', digest, '--reason', 'me too'])).toContain(
      'as "local/joan", whose change it is: expected somebody else',
    )
    expect((await guildhall(['approve', digest, '--as', 'idp/ada', '--reason', 'agreed'])).exitCode).toBe(0)
  })

  it('are withdrawn by who entered them, and by nobody else', async () => {
    const disable = ['member', 'disable', 'lab', ...people.slice(6), '--reason', 'by mistake']
    await pool().query('delete from loss')
    await guildhall(['member', 'enable', 'lab', ...half])
    await guildhall([...disable, '--as', 'idp/ada'])
    const digest = await heldNow()
    const withdraw = ['holds', 'withdraw', digest, '--reason', 'wrong people', '--as']

    expect(await refusalOf([...withdraw, 'idp/grace'])).toContain(
      'as "idp/grace": expected whoever asked for it; `guildhall holds reject` is for whoever may approve it',
    )
    expect(await refusalOf([...withdraw, 'idp/nobody'])).toContain('ACTOR_NOT_ELIGIBLE')
    const { stdout, exitCode } = await guildhall([...withdraw, 'idp/ada', '--json'])

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      withdrawn: { scope: 'vo:lab', digest, by: 'idp/ada', reason: 'wrong people' },
    })
    expect(await holds()).toEqual([])
    expect(await refusalOf([...withdraw, 'idp/ada'])).toContain('HOLD_NOT_ENDABLE')
    expect(await refusalOf(['approve', digest, '--reason', 'agreed'])).toContain('is over (withdrawn)')
  })

  it('wait for no more than 72 hours, also where nobody is there to close them', async () => {
    await guildhall(['member', 'disable', 'lab', ...people.slice(6), '--as', 'idp/ada', '--reason', 'too late'])
    const digest = await heldNow()
    const later = { at: '22:00', day: '2026-11-25' }

    expect((await guildhall(['holds'], { ...later, at: '21:59' })).stdout).toContain(digest)
    expect((await guildhall(['holds'], later)).stdout).toBe('The guard holds nothing back.\n')
    expect((await guildhall(['status'], later)).stdout).not.toContain('held')
    for (const command of [['approve'], ['holds', 'withdraw'], ['holds', 'reject']]) {
      const { stderr, exitCode } = await guildhall([...command, digest, '--as', 'idp/ada', '--reason', 'now'], later)
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining(
          'this hold of "vo:lab" is over (lapsed): nobody approved it within 72 hours; whoever still wants the change enters it again',
        ),
      ])
    }
    await guildhall(['holds', 'reject', digest, '--reason', 'done with'])
  })

  it('are named by their whole digest, which is suggested', async () => {
    await guildhall(['member', 'disable', 'lab', ...people.slice(6), '--as', 'idp/ada', '--reason', 'too short'])
    const digest = await heldNow()

    expect(await refusalOf(['approve', digest.slice(0, 12), '--reason', 'agreed'])).toContain(
      `did you mean "${digest}"?`,
    )
    await guildhall(['holds', 'reject', digest, '--reason', 'done with'])
  })

  it('are rejected by who may approve them, with a trail of who and why', async () => {
    await guildhall(['member', 'disable', 'lab', ...people.slice(6), '--as', 'idp/ada', '--reason', 'they left'])
    const digest = await heldNow()
    const reject = ['holds', 'reject', digest, '--reason', 'they did not']

    expect((await guildhall(['holds'])).stdout).toContain(`  guildhall holds reject ${digest} --reason "…"\n`)
    expect(await refusalOf([...reject, '--as', 'idp/p00'])).toContain('Cannot reject the hold of "vo:lab" as "idp/p00"')
    expect((await guildhall([...reject, '--as', 'idp/grace'])).stdout).toBe(
      `Rejected ${digest.slice(0, 12)} for vo:lab as idp/grace; nothing of it is done.\n`,
    )
    const { rows } = await pool().query(
      `select personal from event join event_detail on event_id = id where kind = 'Hold' order by id desc limit 1`,
    )
    expect(rows).toEqual([{ personal: { digest, outcome: 'rejected', reason: 'they did not', by: 'idp/grace' } }])
    expect((await guildhall(['members', '--vo', 'lab'])).stdout).not.toMatch(/they left/)
    expect(await refusalOf(['holds', 'reject', 'abc', '--reason', 'no'])).toContain('HOLD_UNKNOWN')
  })
})
