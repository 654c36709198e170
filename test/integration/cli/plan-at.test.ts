import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { AccessDelta, Plan } from '../../../core/model/plan.ts'
import {
  endBan,
  endOfDay,
  inTransaction,
  listAccess,
  listEndingBans,
  nextDue,
  readEndingBan,
  runClock,
  type Pool,
  type Tx,
} from '../../../store/index.ts'
import type { Ran } from '../../cli/run-program.ts'
import { onConfiguration } from './on-database.ts'
import { applyFolder } from './sample.ts'

/** What git says of people; everything else stays as it is. */
interface Named {
  readonly lab: readonly string[]
  readonly crew: readonly string[]
  readonly closed: readonly string[]
}

const inForce: Named = {
  lab: [
    ...['{ user: idp/until-first, expires: 2026-12-01 }', '{ user: idp/until-later, expires: 2026-12-20 }'],
    ...['{ user: idp/bot, expires: 2026-12-01 }', 'idp/machine', 'idp/banned', 'idp/banned-longer', 'idp/stays'],
  ],
  crew: [
    ...['{ user: idp/from-crew, expires: 2026-12-02 }', '{ user: idp/machine, expires: 2026-12-02 }'],
    ...['idp/until-later', 'idp/banned', 'idp/banned-longer', 'idp/stays'],
  ],
  closed: ['idp/named', '{ user: idp/named-until, expires: 2026-12-03 }'],
}

const configuration = ({ lab, crew, closed }: Named): string => `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, timeZone: Europe/Prague, guard: { from: 100 } }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: User
metadata: { name: bot }
spec: { identities: [idp/bot], serviceAccount: { owners: [idp/stays], purpose: Nightly runs } }
---
apiVersion: guildhall/v1
kind: User
metadata: { name: machine }
spec: { identities: [idp/machine], serviceAccount: { owners: [idp/stays], purpose: Backups } }
---
apiVersion: guildhall/v1
kind: Service
metadata: { name: list }
spec: { generator: json }
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec: { services: { list: {} }, offers: [{ name: lab, vo: lab }, { name: closed, vo: closed }] }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: lab }
spec:
  members: [${lab.join(', ')}]
  expiration: { extendBy: P5D, disableAfter: P2D, deleteAfter: P3D, exemptServiceAccounts: true }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: lab, name: crew }
spec: { members: [${crew.join(', ')}], allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: lab, name: bench }
spec: { facility: hpc, services: [list], groups: [crew, members] }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: closed }
spec: { exclusive: true, members: [${closed.join(', ')}] }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: closed, name: friends }
spec: { where: "'lab/crew' in user.groups", allowEmpty: true }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: closed, name: wiki }
spec: { facility: hpc, services: [list], groups: [members] }
`

const withoutDates: Named = {
  lab: ['idp/until-first', 'idp/until-later', 'idp/bot'],
  crew: ['idp/from-crew', 'idp/machine'],
  closed: [],
}
const lapsedAndBanned: Named = {
  lab: inForce.lab,
  crew: ['idp/until-first', 'idp/joined', 'idp/invited', 'idp/helper', 'idp/banned', 'idp/bot', 'idp/from-crew'],
  closed: ['idp/joined', 'idp/banned-longer'],
}

const newInBoth = ['bot', 'from-crew', 'helper', 'invited', 'joined', 'until-first']

const foreseen = [
  {
    ...{ day: '2026-11-22', what: 'with whoever lapses later', named: lapsedAndBanned },
    gained: ['wiki bot', 'wiki invited', 'wiki joined', 'wiki until-first'],
    lost: ['wiki machine', 'wiki named', 'wiki named-until', 'wiki stays', 'wiki until-later'],
  },
  {
    ...{ day: '2026-12-01', what: 'that names people without their dates', named: withoutDates },
    gained: ['bench bot', 'bench until-first'],
    lost: ['bench stays', 'wiki banned', 'wiki named', 'wiki named-until', 'wiki stays', 'wiki until-later'],
  },
  {
    ...{ day: '2026-12-02', what: 'with nobody whom a rule elsewhere asks for', named: { ...inForce, crew: [] } },
    gained: [],
    lost: ['wiki banned', 'wiki stays', 'wiki until-later'],
  },
  {
    ...{ day: '2026-12-02', what: 'with whoever has lapsed or was banned', named: lapsedAndBanned },
    gained: ['bench', 'wiki'].flatMap((resource) => newInBoth.map((user) => `${resource} ${user}`)),
    lost: ['wiki named', 'wiki named-until', 'wiki stays', 'wiki until-later'],
  },
  {
    ...{ day: '2026-12-31', what: 'that names people without their dates', named: withoutDates },
    gained: ['bench bot', 'bench from-crew', 'bench until-first', 'wiki from-crew', 'wiki machine'],
    lost: ['bench banned', 'bench stays', 'wiki banned', 'wiki named', 'wiki stays', 'wiki until-later'],
  },
]

const begin = new Date('2026-11-22T22:00:00Z')

/** What was done besides, before anybody plans. */
const acts = [
  'member add lab idp/joined idp/helper',
  'member add lab idp/invited --expires 2026-12-01',
  'group add lab/crew idp/helper --expires 2026-12-02',
  'service-account create idp/made --owner idp/stays --purpose tests',
  'member add lab idp/made',
  'ban add --vo lab idp/banned --until 2026-12-02 --reason pause',
  'ban add --facility hpc idp/banned-longer --until 2027-02-01 --reason pause',
]

describe.each(foreseen)('a plan as on $day, of a commit $what,', ({ day, named, gained, lost }) => {
  const { guildhall, pool } = onConfiguration(configuration(inForce))
  const folder = written(named)
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it('tells what an apply on that day does', async () => {
    for (const act of acts) expect(await guildhall(act.split(' '))).toMatchObject({ stderr: '', exitCode: 0 })
    const end = await endOfDay(pool(), day)

    const foretold = await guildhall(['plan', folder, '--at', day, '--json'])
    await liveUntil(pool(), end)
    const planned = await guildhall(['plan', folder, '--json'], '', { now: () => end })
    const before = await accessOn(pool(), end)
    await applyFolder(pool(), folder, { commit: 'decade00'.padEnd(40, '0'), asOf: end })
    const after = await accessOn(pool(), end)

    expect(foretold).toEqual(planned)
    expect(impactOf(foretold)).toEqual({ gained, lost })
    expect({ gained: without(after, before), lost: without(before, after) }).toEqual({ gained, lost })
    expect((await guildhall(['plan', folder, '--json'], '', { now: () => end })).exitCode).toBe(0)
  })
})

/** Lets clocks do what is due when it is, and bans end. */
async function liveUntil(pool: Pool, end: Date): Promise<void> {
  for (;;) {
    const [next] = [...(await bansEnding(pool, end)), ...(await clocksDue(pool, end))].sort(
      (one, other) => one.at.getTime() - other.at.getTime(),
    )
    if (next === undefined) return
    await inTransaction(pool, next.happen)
  }
}

interface Happening {
  readonly at: Date
  readonly happen: (tx: Tx) => Promise<unknown>
}

async function bansEnding(pool: Pool, end: Date): Promise<Happening[]> {
  const ending = (await listEndingBans(pool)).map(({ id }) => readEndingBan(pool, id))
  return (await Promise.all(ending)).flatMap((ban) => {
    if (ban?.endsAt === undefined || ban.endsAt > end) return []
    const { id, endsAt: at } = ban
    return [{ at, happen: async (tx) => endBan(tx, { id, now: at }) }]
  })
}

async function clocksDue(pool: Pool, end: Date): Promise<Happening[]> {
  const clocks = await Promise.all(['closed', 'lab'].map(async (vo) => ({ vo, due: await nextDue(pool, vo) })))
  return clocks.flatMap(({ vo, due }) => {
    if (due?.at === undefined || due.at > end) return []
    const now = due.at > begin ? due.at : begin
    return [{ at: now, happen: async (tx) => runClock(tx, { vo, now, atMost: 100 }) }]
  })
}

const resources = [
  { vo: 'closed', resource: 'wiki' },
  { vo: 'lab', resource: 'bench' },
]

/** Who has access to what, as `why` says it. */
async function accessOn(pool: Pool, askedAt: Date): Promise<string[]> {
  const lists = await Promise.all(
    resources.map(async (place) => {
      const { members } = await listAccess(pool, { ...place, askedAt })
      return members.filter(({ access }) => access).map(({ user }) => `${place.resource} ${user.slice(4)}`)
    }),
  )
  return lists.flat().sort()
}

function impactOf({ stdout }: Ran): object {
  const { impact } = JSON.parse(stdout) as Pick<Plan, 'impact'>
  const linesOf = (deltas: readonly AccessDelta[]): string[] =>
    deltas.map(({ resource, user }) => `${resource} ${user.slice(4)}`).sort()
  return { gained: linesOf(impact.gained), lost: linesOf(impact.lost) }
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  return lines.filter((line) => !others.includes(line))
}

function written(named: Named): string {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-plan-at-'))
  writeFileSync(join(folder, 'all.yaml'), configuration(named))
  return folder
}
