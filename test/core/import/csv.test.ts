import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readFolder } from '../../../connectors/config-repo/read-folder.ts'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { importCsv } from '../../../core/import/csv/import-csv.ts'
import { abilities } from '../../connectors/config-repo/write-files.ts'

const login = fc.oneof(
  fc.constantFrom('ada', 'Ada', 'bob', '12', 'a b', 'a\u0000', ' c'),
  fc.string({ unit: 'binary' }),
)
const group = fc.oneof(
  fc.constantFrom('', 'g', 'G', 'g:x', 'h;g', 'res:act', 'members', ':', '.h'),
  fc.string({ unit: 'binary' }),
)
const cell = fc.oneof(fc.constantFrom('', 'Ada', 'ada@example.org', 'x'.repeat(1_001)), fc.string({ unit: 'binary' }))
const day = fc.constantFrom('', '2030-01-01', '2030-02-30')

it('whatever stands in rows, what is written is valid, and a group has just the people of its rows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-csv-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(login, group, cell, cell, day), { maxLength: 12 }), async (rows) => {
        run += 1
        const place = join(folder, String(run))
        const table = {
          ...{ file: 'people.csv', columns: ['login', 'group', 'name', 'email', 'expires'] },
          rows: rows.map((cells, index) => ({ line: index + 2, cells })),
        }
        const options = { instance: 'one', source: 'idp', vo: 'astro', separator: ';', named: new Map() }
        const { files } = importCsv([table], options)

        await writeRepository(files, { folder: place, shown: 'there', adds: false, abilities })

        const { documents } = await readFolder(place)
        const g = documents.find(({ document }) => document.kind === 'Group' && /^g$/i.test(document.metadata.name))
        const inG = rows.filter(
          ([who, where, , , until]) =>
            ['ada', 'Ada', 'bob', '12', 'a b'].includes(who) &&
            ['g', 'G', 'h;g'].includes(where) &&
            until !== '2030-02-30',
        )
        const spec = g?.document.kind === 'Group' ? (g.document.spec.members ?? []) : []
        const usual = /^idp\/(?:ada|bob|12|a b)$/i
        const named = spec.map((member) => (typeof member === 'string' ? member : member.user))
        expect(named.filter((who) => usual.test(who))).toEqual([...new Set(inG.map(([who]) => `idp/${who}`))].sort())
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
