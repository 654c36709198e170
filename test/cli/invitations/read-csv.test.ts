import { describe, expect, it } from '@jest/globals'
import { readInvitationCsv } from '../../../cli/invitations/read-csv.ts'

const read = (text: string | Uint8Array) => readInvitationCsv(typeof text === 'string' ? Buffer.from(text) : text)

describe('a file of addresses', () => {
  it.each([
    ['commas', 'email,name\nada@example.org,Ada Lovelace\n'],
    ['semicolons', 'email;name\r\nada@example.org;Ada Lovelace\r\n'],
    ['tabs and a mark of the byte order', '\ufeffemail\tname\rada@example.org\tAda Lovelace'],
    ['quotes, capitals and spaces', ' Name ,EMAIL\n"Ada Lovelace", ada@example.org \n\n'],
  ])('is read with %s', (_name, text) => {
    expect(read(text)).toEqual({
      invited: [{ line: 2, request: { address: 'ada@example.org', name: 'Ada Lovelace' } }],
      bad: [],
    })
  })

  it('says what is wrong with a line by its number, and reads on', () => {
    const lines = [
      'email,name,language,message,until',
      'a@example.org,"A, and ""B""",cs,Come in,2027-01-01',
      '"b@example.org,B,,,',
      'c@example.org',
      'A@Example.org,again,,,',
      'd@example.org,,,,,',
      'e@example.org,"E"x,,,',
      'f@example.org,F,,,',
    ]

    expect(read(lines.join('\n'))).toEqual({
      invited: [
        {
          line: 2,
          request: {
            ...{ address: 'a@example.org', name: 'A, and "B"' },
            ...{ language: 'cs', message: 'Come in', until: '2027-01-01' },
          },
        },
        { line: 8, request: { address: 'f@example.org', name: 'F' } },
      ],
      bad: [
        { line: 3, address: '', message: 'this is not CSV: a quote does not end on the line, or text follows one' },
        { line: 4, address: 'c@example.org', message: 'expected 5 cells as in the first line, got 1' },
        { line: 5, address: 'A@Example.org', message: 'the address stands on line 2 already' },
        { line: 6, address: 'd@example.org', message: 'expected 5 cells as in the first line, got 6' },
        { line: 7, address: '', message: 'this is not CSV: a quote does not end on the line, or text follows one' },
      ],
    })
  })

  it('says where bytes are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('email\na'), Buffer.from([0xe9]), Buffer.from('@example.org\n')])

    expect(read(bytes).bad).toEqual([
      expect.objectContaining({ line: 2, message: expect.stringContaining('not UTF-8') }),
    ])
  })

  it.each([
    ['', /expected a first line such as "email,name"/],
    ['ada@example.org\n', /there is no column "ada@example.org"; expected a first line/],
    ['emial\n', /there is no column "emial", did you mean "email"\?/],
    ['name\n', /expected a first line such as "email,name", .* got "name"; nobody was invited/],
    ['email,email\n', /a column is named twice/],
  ])('is refused as a whole where its columns are not clear: %j', (text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'COMMAND_MISUSED', message: expect.stringMatching(message) }),
    )
  })

  it('is read in a time that grows with its length alone', () => {
    const evil = `email,name\n${'"'.repeat(200_001)}\n${','.repeat(200_000)}\n"${'""'.repeat(100_000)}`

    expect(read(evil).bad.map(({ line }) => line)).toEqual([2, 3, 4])
  })
})
