import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ldifEntry } from './ldif.ts'
import { readLdif } from './read-ldif.ts'
import type { LdifRecord, Values } from './read-ldif.ts'

type Read = Omit<LdifRecord, 'values'> & { readonly values: Values }

/** What is read of a text that comes in pieces of so many bytes. */
async function read(text: string | Buffer, size = 7): Promise<Read[]> {
  const bytes = Buffer.from(text)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
  }
  const records: Read[] = []
  for await (const some of readLdif(pieces(), (line, why) => new Error(`${line}: ${why}`)))
    records.push(...some.map((one) => ({ ...one, values: one.values() })))
  return records
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

describe('LDIF that comes in pieces', () => {
  it('is read with what stands on further lines, in base64, or after a comment', async () => {
    const text = [
      ...[
        'version: 1',
        '',
        '# Ada',
        'dn: uid=ada,',
        ' dc=org',
        'uid:ada',
        'cn;lang-de:: w4k=',
        '# not',
        '  this',
        'mail: a',
        'MAIL: a',
      ],
      ...['mail: b', '', '', 'dn:: dWlkPcOJLGRjPW9yZw==', 'empty:', ''],
    ].join('\r\n')

    expect(await read(text)).toEqual([
      {
        ...{ line: 4, dn: 'uid=ada,dc=org' },
        values: new Map([
          ['uid', ['ada']],
          ['cn;lang-de', [latin1('É')]],
          ['mail', ['a', 'b']],
        ]),
      },
      { line: 15, dn: 'uid=É,dc=org', values: new Map([['empty', ['']]]) },
    ])
  })

  it.each([
    ['hello', '1: expected "name: value", or a space before what goes on from the line above'],
    ['cn: a', '1: expected an entry that begins with "dn:"; this is no LDIF, or not from its beginning'],
    ['dn: uid=a\nchangetype: delete', '2: expected an entry, and this is a change of one'],
    [
      'dn: uid=a\ncn:< file:///etc/passwd',
      '2: the value of cn cannot be read: what stands in another place is not read',
    ],
    ['dn: uid=a\ncn:: ???', '2: the value of cn cannot be read: it is not base64'],
    ['dn:: /w==', '1: expected a name in UTF-8'],
  ])('%j is refused, and why', async (text, problem) => {
    await expect(read(text)).rejects.toThrow(new Error(problem))
  })

  it('has the entries that were written, to the byte, whatever they hold and however they come', async () => {
    const name = fc.constantFrom('cn', 'mail', 'description')
    const text = fc.string({ unit: 'binary' })
    const entries = fc.array(fc.tuple(text, fc.array(fc.tuple(name, text))))
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 200 }), async (all, size) => {
        const written = all.map(([dn, values]) => ldifEntry(dn, values)).join('')

        const found = await read(written, size)

        expect(found.map(({ dn, values }) => [dn, values])).toEqual(
          all.map(([dn, values]) => {
            const grouped = new Map<string, string[]>()
            for (const [of, value] of values) {
              const those = grouped.get(of) ?? []
              grouped.set(of, those.includes(latin1(value)) ? those : [...those, latin1(value)])
            }
            return [Buffer.from(dn).toString('utf8'), grouped]
          }),
        )
      }),
    )
  })
})
