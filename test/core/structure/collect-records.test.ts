import { expect, test } from '@jest/globals'
import { collectRecords } from '../../../core/structure/collect-records.ts'

const templates = { key: '${id}', name: '${name}', parent: '${above}' }

test.each([
  ['its name', { fields: { id: ['7'] }, unreadable: { name: 'nul' } }],
  ['its parent', { fields: { id: ['7'], name: ['a'] }, unreadable: { above: 'not-utf8' } }],
  ['whether it is meant', { fields: { id: ['7'], name: ['a'] }, unreadable: { kind: 'nul' }, undecided: 'kind' }],
] as const)('a group of which %s cannot be read stays as it is', (_, record) => {
  const collected = collectRecords(templates)

  collected.add([record, { fields: { id: ['8'], name: ['b'] } }])

  expect(collected.result()).toEqual({
    records: [{ key: '8', name: 'b', includes: [] }],
    unusable: new Set(['7']),
    notes: [{ reason: 'unreadable', key: '7' }],
  })
})
