import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { LdapConnection } from '../../../connectors/ldap/connection.ts'
import { escapeDnValue, escapeFilterValue } from '../../../connectors/ldap/escape.ts'
import { openLdap } from '../../../connectors/ldap/open.ts'
import { readEntry } from '../../../connectors/sources/ldap/entry.ts'
import { readOptions } from '../../../connectors/sources/ldap/options.ts'
import { searchFor } from '../../../connectors/sources/ldap/selection.ts'
import { hasSlapd, startSlapd } from '../../connectors/slapd.ts'
import type { Slapd } from '../../connectors/slapd.ts'

const withSlapd = hasSlapd ? describe : describe.skip
const base = 'ou=names,dc=example,dc=org'

/** An attribute that is compared byte by byte, and written so in the log. */
const schema = `dn: cn=names,cn=schema,cn=config
changetype: add
objectClass: olcSchemaConfig
cn: names
olcAttributeTypes: ( 1.3.6.1.4.1.32473.1 NAME 'exactName' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
olcObjectClasses: ( 1.3.6.1.4.1.32473.2 NAME 'exactlyNamed' AUXILIARY MUST exactName )

dn: olcDatabase={1}mdb,cn=config
changetype: modify
add: olcDbIndex
olcDbIndex: exactName eq
`

const special = Array.from('\0()*\\"\'+,;<>=#/ \t\n\r\u007f\u0085\u200b\u202e\u2066\ufeff\ufffdéß€שﬁ🎉İe\u0301&|!:~%$@')
const anything = fc.string({
  unit: fc.oneof(fc.constantFrom(...special), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  maxLength: 10,
})

/** Each has a number in its middle, so that no two are one, however they are compared. */
const names = fc
  .sample(fc.tuple(anything, anything), { numRuns: 10_000, seed: 20_261_127 })
  .map(([left, right], index) => `${left}-i${index}-${right}`)

const injections = [
  ...[
    '*',
    '-i7-*',
    '*-i7-',
    '*)(exactName=*',
    'x)(|(exactName=*))',
    'x))(|(exactName=*',
    ')(objectClass=*',
    'x)(!(cn=y)',
  ],
  ...[
    '\\2a',
    '\\2A',
    '\\',
    '\\)',
    '(',
    ')',
    '()',
    '(exactName=*)',
    '&',
    '|(cn=*)',
    '!',
    '\0',
    '*\0',
    '',
    ' ',
    '#',
    '#04012a',
  ],
  ...[
    'x,ou=names',
    'x+cn=-i7-',
    '-i7-,dc=example',
    '\\,',
    '",cn=*',
    'x;cn=y',
    '<cn=*>',
    '=',
    'cn=-i7-',
    '../names',
    '%2a',
    '${uid}',
  ],
]

withSlapd('10,000 names in filters and distinguished names (needs slapd: apt-get install slapd ldap-utils)', () => {
  let slapd: Slapd
  let connection: LdapConnection
  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.configure(schema)
    await slapd.load(ldif())
    const port = Number(new URL(slapd.url).port)
    const server = { host: '127.0.0.1', port, security: 'none', silentMs: 30_000 } as const
    connection = await openLdap(server, new AbortController().signal)
    await connection.bind(slapd.reader.dn, slapd.reader.password)
  })
  afterAll(async () => {
    connection.close()
    await slapd.remove()
  })

  /** The numbers of those who are found, or the result code of a directory that finds nothing to look below. */
  async function find(select: string): Promise<readonly string[] | number> {
    const options = readOptions({ url: slapd.url, baseDn: base, filter: '(exactName=*)', attributes: ['sn'] })
    const found: string[] = []
    const entry = (one: Parameters<typeof readEntry>[0]): void =>
      void found.push(...(readEntry(one).fields.get('sn')?.values ?? ['nobody']))
    try {
      await connection.search(searchFor(options, select), { entry, reference: () => void found.push('elsewhere') })
      return found
    } catch (error) {
      if (error instanceof Error && 'result' in error) return Number(error.result)
      throw error
    }
  }

  it('stand in a filter as the bytes they are, and find exactly whom they name', async () => {
    await slapd.newLog()

    const found: unknown[] = []
    for (const name of names) found.push(await find(`(exactName=${escapeFilterValue(name)})`))

    expect(found).toEqual(names.map((_, index) => [String(index)]))
    expect(searchesIn(await slapd.newLog())).toEqual(
      names.map((name) => ({ base, filter: `(&(exactName=*)(exactName=${filterInLog(name)}))` })),
    )
  })

  it('stand in a distinguished name as what they are, and find exactly whom they name', async () => {
    await slapd.newLog()

    const found: unknown[] = []
    for (const name of names) found.push(await find(`cn=${escapeDnValue(name)}`))

    expect(found).toEqual(names.map((_, index) => [String(index)]))
    expect(searchesIn(await slapd.newLog())).toEqual(
      names.map((name) => ({ base: `cn=${dnInLog(name)},${base}`, filter: '(exactName=*)' })),
    )
  })

  it.each(injections)('%j finds nobody by a filter or a distinguished name', async (name) => {
    const noSuchObject = 32

    expect(await find(`(exactName=${escapeFilterValue(name)})`)).toEqual([])
    expect(await find(`cn=${escapeDnValue(`x${name}`)}`)).toBe(noSuchObject)
  })
})

/** Names in it are in base64, and in distinguished names each byte by its hexadecimal digits. */
function* ldif(): Generator<string> {
  yield `dn: ${base}\nobjectClass: organizationalUnit\n\n`
  for (const [index, name] of names.entries()) {
    const digits = [...Buffer.from(name)].map((byte) => `\\${hex(byte)}`).join('')
    const value = Buffer.from(name).toString('base64')
    yield `dn: cn=${digits},${base}\nobjectClass: person\nobjectClass: exactlyNamed\ncn:: ${value}\nexactName:: ${value}\nsn: ${index}\n\n`
  }
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0')

/** As slapd logs an octet string: what is no printable ASCII, and what has a meaning in a filter, by its bytes. */
function filterInLog(name: string): string {
  const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && !Buffer.from('()*\\').includes(byte)
  return [...Buffer.from(name)].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\${hex(byte)}`)).join('')
}

/** As slapd logs a distinguished name: only what has a meaning in one by its bytes. */
function dnInLog(name: string): string {
  return Array.from(name)
    .map((character, index, all) => {
      const isEdge =
        (index === 0 && /[ \t\r\n#]/.test(character)) || (index === all.length - 1 && /[ \t\r\n]/.test(character))
      return isEdge || /[\0"+,;<=>\\]/.test(character) ? `\\${hex(character.charCodeAt(0))}` : character
    })
    .join('')
}

/** The searches that slapd logged; a line break in a name is one in the log too. */
function searchesIn(log: string): { base: string; filter: string }[] {
  const pattern = /op=\d+ SRCH base="(.*?)" scope=2 deref=0 filter="(.*?)"\n(?=[0-9a-f]+\.[0-9a-f]+ 0x)/gs
  return [...log.matchAll(pattern)].map(([, base = '', filter = '']) => ({ base, filter }))
}
