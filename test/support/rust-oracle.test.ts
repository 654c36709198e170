import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { rustExpectation, rustNumbers, total } from './rust-oracle.ts'

test('the real input holds the numbers that the pipeline must give', () => {
  const { direct, effective, access, facilities } = rustExpectation()
  const people = readFileSync(new URL('../data/rust-team/people.csv', import.meta.url), 'utf8')
    .trimEnd()
    .split(/\r?\n/)

  expect({
    people: people.length - 1,
    groups: direct.size,
    direct: total(direct),
    effective: total(effective),
    resources: access.size,
    access: total(access),
    facilities: Object.fromEntries([...facilities].map(([org, users]) => [org, users.size])),
  }).toEqual(rustNumbers)
})
