import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { Desired } from '../../../core/model/state.ts'
import { planCommit } from '../../../core/plan/plan-commit.ts'
import { questionOf } from '../../../core/plan/state-question.ts'
import { readTree } from '../../../connectors/config-repo/read-tree.ts'
import { desireReading } from '../../../connectors/config-repo/validate-folder.ts'
import {
  actOnMembers,
  changeIdentities,
  inTransaction,
  loadState,
  readValues,
  updatePositions,
  updateRowPositions,
} from '../../../store/index.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { abilities, base } from '../../connectors/config-repo/write-files.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applyPlanned, monday, tuesday } from './world.ts'

let database: TestDatabase

const attributes = ['user.nick', 'vo.motto', 'member.badge', 'group.motto', 'member-group.shift', 'host.room'].concat(
  ...['resource.motto', 'group-resource.queue', 'facility.motto'],
)

const text = `${base}---
${attributes.map((name) => `{ apiVersion: guildhall/v1, kind: Attribute, metadata: { name: ${name} }, spec: { type: string } }\n---\n`).join('')}
apiVersion: guildhall/v1
kind: User
metadata: { name: ada }
spec:
  identities:
    - idp/lovelace
    - idp/ada
  attributes:
    nick: A
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: bio }
spec:
  managers:
    - user: idp/ada
    - user: idp/grace
  exclusive: true
  attributes:
    motto: M
  members:
    - user: idp/ada
      attributes:
        badge: '1'
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: bio, name: ops }
spec:
  attributes:
    motto: M
  members:
    - user: idp/ada
      attributes:
        shift: day
---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  attributes:
    motto: M
  hosts:
    - name: login1
      attributes:
        room: A
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: bio, name: batch }
spec:
  facility: hpc
  attributes:
    motto: M
  groups:
    - group: ops
      attributes:
        queue: fast
`

/** The lines of a text in which these words stand first. */
function lineOf(...words: readonly string[]): number {
  const lines = text.split('\n')
  return words.reduce((from, word) => lines.findIndex((line, at) => at >= from && line.includes(word)), 0) + 1
}

async function desired(content: string): Promise<Desired> {
  const bytes = Buffer.from(content)
  const entries = [{ path: 'all.yaml', kind: 'file' as const, bytes: bytes.length }]
  return desireReading(await readTree({ entries, read: async () => bytes }), abilities)
}

beforeEach(async () => {
  database = await createTestDatabase()
  const commit = await desired(text)
  expect(commit.findings).toEqual([])
  const state = await loadState(database.pool, { ...questionOf(commit, 0), lossesSince: new Date(0) })
  const planned = planCommit({
    state,
    desired: commit,
    compileSchema: compileCheck,
    frozen: [],
    approvals: [],
    asOf: monday,
  })
  await applyPlanned(database.pool, { ...planned, asOf: monday })
  await notePositions(commit)
})

afterEach(async () => database.drop())

async function notePositions({ objects, rows }: Desired): Promise<void> {
  await inTransaction(database.pool, async (tx) => {
    await updatePositions(tx, objects)
    await updateRowPositions(tx, rows)
  })
}

async function placesOfValues(): Promise<unknown> {
  const requests = holders.map(([holder, name]) => {
    const reference = parseHolder(holder)
    if (reference === undefined) throw new Error(`${holder} is no holder`)
    return { holder: reference, name }
  })
  const read = await readValues(database.pool, { requests })
  return Object.fromEntries(read.map((one) => [one.name, 'at' in one ? one.at : one.refused.message]))
}

const holders = [
  ['user:idp/ada', 'user.nick'],
  ['vo:bio', 'vo.motto'],
  ['member:bio/idp/ada', 'member.badge'],
  ['group:bio/ops', 'group.motto'],
  ['member-group:bio/ops/idp/ada', 'member-group.shift'],
  ['facility:hpc', 'facility.motto'],
  ['host:hpc/login1', 'host.room'],
  ['resource:bio/batch', 'resource.motto'],
  ['group-resource:bio/ops/bio/batch', 'group-resource.queue'],
] as const

const lines: Readonly<Record<string, number>> = {
  'user.nick': lineOf('nick: A'),
  'vo.motto': lineOf('name: bio', 'motto: M'),
  'member.badge': lineOf('badge:'),
  'group.motto': lineOf('name: ops', 'motto: M'),
  'member-group.shift': lineOf('shift: day'),
  'facility.motto': lineOf('name: hpc', 'motto: M'),
  'host.room': lineOf('room: A'),
  'resource.motto': lineOf('name: batch', 'motto: M'),
  'group-resource.queue': lineOf('queue: fast'),
}

it('a value of git is shown with the line of its key, also once that moved', async () => {
  const before = await placesOfValues()
  const moved = await desired(`# one more line\n${text}`)
  await notePositions(moved)

  const placed = (more: number) =>
    Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, `all.yaml:${line + more}`]))
  expect(before).toEqual(placed(0))
  expect(await placesOfValues()).toEqual(placed(1))
})

it('a refusal names the line of the key that is the reason', async () => {
  const cause = { actor: 'local/test' }
  const added = await inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { act: 'add', vo: 'bio', requests: [{ user: 'idp/ada' }], reason: '', cause, now: tuesday }),
  )
  const identities = ['idp/lovelace', 'idp/grace'].map((identity) => ({ identity, user: 'idp/ada' }))
  const taken = await inTransaction(database.pool, (tx) =>
    changeIdentities(tx, { act: 'remove', requests: identities, reason: '', cause, now: tuesday }),
  )

  expect([...added, ...taken].map((one) => ('refused' in one ? one.refused.message : one))).toEqual([
    `VO "bio" has only those whom all.yaml:${lineOf('exclusive')} names; add them there`,
    `all.yaml:${lineOf('idp/lovelace')} names it; change it there`,
    `all.yaml:${lineOf('name: bio', 'idp/grace')} names it; change it there`,
  ])
})
