import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dnKey, readLdifInput } from '../../../connectors/config-repo/read-ldif-input.ts'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { importLdif } from '../../../core/import/ldif/import-ldif.ts'
import { abilities } from '../../connectors/config-repo/write-files.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !one.includes('\0'))
const name = fc.constantFrom('cn', 'mail', 'description', 'uid')
const entry = fc.record({
  dn: text.filter((one) => one !== ''),
  values: fc.array(fc.tuple(name, text), { maxLength: 6 }),
})
const style = fc.record({
  width: fc.integer({ min: 3, max: 40 }),
  end: fc.constantFrom('\n', '\r\n'),
  encodes: fc.boolean(),
})

/** What stands in a line as it is; the rest is base64. */
const safe = /^[!-9;=-~][ -~]*[!-~]$/

function written(
  field: string,
  value: string,
  { width, end, encodes }: { width: number; end: string; encodes: boolean },
): string {
  const line =
    safe.test(value) && !encodes ? `${field}: ${value}` : `${field}:: ${Buffer.from(value).toString('base64')}`
  const [first = '', ...rest] = line.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  return `${[first, ...rest.map((part) => ` ${part}`)].join(end)}${end}`
}

it('reads what was written, folded or not, in base64 or not', () => {
  fc.assert(
    fc.property(fc.array(entry), style, (entries, how) => {
      const file = entries
        .map(({ dn, values }) =>
          [
            `# an entry${how.end} of them${how.end}`,
            written('dn', dn, how),
            ...values.map(([field, value]) => written(field, value, how)),
          ].join(''),
        )
        .join(how.end)

      const read = readLdifInput('all.ldif', Buffer.from(file))

      expect(
        read.map(({ dn, values }) => ({
          dn,
          values: [...values].map(([field, own]) => [field, own.map(({ value }) => value)]),
        })),
      ).toEqual(
        entries.map(({ dn, values }) => ({
          dn,
          values: [...new Set(values.map(([field]) => field))].map((field) => [
            field,
            values.filter(([other]) => other === field).map(([, value]) => value),
          ]),
        })),
      )
    }),
  )
})

const dn = fc.constantFrom('uid=a', 'UID=A', 'uid=b', 'cn=g', 'cn=h', 'cn=k', 'nothing', 'cn=g,cn=h')
const wild = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'g', 'res', '1', '5', 'a@b'),
  fc.string({ unit: 'binary', maxLength: 5 }),
)
const classes = fc.constantFrom('inetOrgPerson', 'posixAccount', 'groupOfNames', 'posixGroup', 'device')
const wildEntry = fc.tuple(
  dn,
  classes,
  fc.array(fc.tuple(fc.constantFrom('uid', 'cn', 'mail', 'uidNumber', 'gidNumber', 'memberUid', 'description'), wild)),
  fc.array(dn, { maxLength: 3 }),
)

it('whatever stands in entries, what is written is valid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-ldif-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(wildEntry, { maxLength: 12 }), async (entries) => {
        run += 1
        const how = { width: 40, end: '\n', encodes: true }
        const file = entries
          .map(([own, objectClass, values, members]) =>
            [
              written('dn', own, how),
              written('objectClass', objectClass, how),
              ...values.map(([field, value]) => written(field, value, how)),
              ...members.map((member) => written('member', member, how)),
            ].join(''),
          )
          .join('\n')
        const read = readLdifInput('all.ldif', Buffer.from(file))
        const { files } = importLdif(read, { instance: 'one', source: 'ldap', vo: 'astro', login: 'uid', keyOf: dnKey })

        const there = await writeRepository(files, {
          folder: join(folder, String(run)),
          shown: '',
          adds: false,
          abilities,
        })

        expect(there.paths).toContain('astro/vo.yaml')
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
