import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { changeValues, explain, inTransaction, type ValueAnswer } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    ...['facility.shells', 'vo.shells'].map((name) => add(document('Attribute', name, { type: 'array' }))),
    add(document('Attribute', 'member-resource.shell', { type: 'string', within: ['facility.shells', 'vo.shells'] })),
  ])
  await offer(['/bin/bash', '/bin/zsh', '/bin/fish'])
  const astro = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [
    change(astro, {
      ...document('VO', 'astro', { ...astro.spec, attributes: { shells: ['/bin/bash', '/bin/zsh'] } }),
      keyLines: { 'attributes.shells': 31 },
    }),
  ])
})

afterEach(async () => {
  await database.drop()
})

async function offer(shells: readonly string[]): Promise<void> {
  const hpc = await stored(database.pool, 'Facility', 'hpc')
  const offering = document('Facility', 'hpc', { ...hpc.spec, attributes: { shells } })
  await apply(database.pool, [change(hpc, { ...offering, keyLines: { 'attributes.shells': 21 } })])
}

const onCluster = { holder: 'member-resource:astro/cluster/idp/ada', name: 'member-resource.shell' }

async function pick(value: string, { holder: of, name } = onCluster): Promise<ValueAnswer | undefined> {
  const holder = parseHolder(of)
  if (holder === undefined) throw new Error('this is a holder')
  const [answer] = await inTransaction(database.pool, (tx) =>
    changeValues(tx, {
      ...{ requests: [{ holder, name, value }], reason: '', now: tuesday },
      ...{ cause: { actor: 'test' }, compileSchema: () => () => [] },
    }),
  )
  return answer
}

async function picked(name = 'member-resource.shell'): Promise<unknown> {
  const { rows } = await database.pool.query('select value from attribute_value where attribute = $1', [name])
  return rows.map(({ value }: { value: unknown }) => value)
}

it('a pick must be in every list, and is refused with the lines of the one that lacks it and of the other', async () => {
  expect(await pick('/bin/fish')).toMatchObject({
    refused: {
      reason: 'outside',
      message:
        'it is not in vo.shells of all.yaml:31, though in facility.shells of all.yaml:21; choose one that all of them have',
    },
  })
  expect(await pick('/bin/zsh')).toMatchObject({ value: '/bin/zsh' })
})

it('a pick that a narrower list breaks is put aside, told by why, and comes back with the list', async () => {
  await pick('/bin/zsh')
  await offer(['/bin/bash'])
  const narrowed = await picked()
  const why = await explain(database.pool, { identity: 'idp/ada', vo: 'astro', resource: 'cluster', askedAt: tuesday })
  await offer(['/bin/bash', '/bin/zsh'])

  expect(narrowed).toEqual([])
  expect(why.missing).toEqual([
    {
      code: 'attribute-outside',
      message:
        '"idp/ada" chose /bin/zsh as member-resource.shell, which is not in facility.shells of all.yaml:21 any more, though in vo.shells of all.yaml:31, so it counts as missing',
    },
  ])
  expect(await picked()).toEqual(['/bin/zsh'])
})

it('a pick that was put aside follows its attribute to another name', async () => {
  await pick('/bin/zsh')
  await offer(['/bin/bash'])
  const shell = await stored(database.pool, 'Attribute', 'member-resource.shell')
  await apply(database.pool, [change(shell, document('Attribute', 'member-resource.login-shell', shell.spec))])
  await offer(['/bin/bash', '/bin/zsh'])

  expect(await picked('member-resource.login-shell')).toEqual(['/bin/zsh'])
})

it('a pick of a member is told the lists of all facilities that the VO has resources on, as its list has to stand in them', async () => {
  const shells = await stored(database.pool, 'Attribute', 'vo.shells')
  await apply(database.pool, [
    change(shells, document('Attribute', 'vo.shells', { ...shells.spec, within: ['facility.shells'] })),
    add(document('Attribute', 'member.shell', { type: 'string', within: ['vo.shells'] })),
    add(document('Facility', 'disks', { attributes: { shells: ['/bin/bash', '/bin/zsh'] } })),
    add(document('Facility', 'elsewhere', { attributes: { shells: ['/bin/bash'] } })),
    add(document('Resource', 'disk', { facility: 'disks', services: [] }, 'astro')),
    row('add', 'astro', 'idp/ada'),
  ])

  expect(await pick('/bin/fish', { holder: 'member:astro/idp/ada', name: 'member.shell' })).toMatchObject({
    refused: {
      reason: 'outside',
      message:
        'it is not in vo.shells of all.yaml:31, nor in facility.shells of all.yaml:1, though in facility.shells of all.yaml:21; choose one that all of them have',
    },
  })
})
