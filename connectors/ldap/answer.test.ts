import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { element, entry, message, number, octets, paged, result } from '../../test/connectors/scripted-ldap.ts'
import { readAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { LdapFailure } from './failure.ts'
import { MessageSplitter } from './message-splitter.ts'

const searched = 0x65
const found = entry(2, 'uid=ada', { cn: ['Ada', Buffer.from([255])], none: [] })
const end = result(2, [searched, 0], paged('more'))
const elsewhere = message(2, element(0x73, octets('ldap://a'), octets('ldap://b')))

/** The end of one thing may become that of another by one byte; that nobody asked for it is noticed elsewhere. */
const kindOf = ({ kind }: Answer): string => (kind === 'entry' || kind === 'reference' ? kind : 'end')

describe('an answer of a directory', () => {
  it('is an entry, another place, or how a request ended', () => {
    const attributes = [
      { type: 'cn', values: [Buffer.from('Ada'), Buffer.from([255])] },
      { type: 'none', values: [] },
    ]

    expect(readAnswer(found)).toEqual({ kind: 'entry', messageId: 2, name: Buffer.from('uid=ada'), attributes })
    expect(readAnswer(elsewhere)).toEqual({ kind: 'reference', messageId: 2, urls: ['ldap://a', 'ldap://b'] })
    expect(readAnswer(end)).toEqual({
      ...{ kind: 'searched', messageId: 2, status: 0, said: 'said the server' },
      cookie: Buffer.from('more'),
    })
    expect(readAnswer(result(2, [0x61, 49]))).toMatchObject({ kind: 'bound', status: 49, cookie: undefined })
  })

  it('tells of pages also behind controls that nobody asked for', () => {
    const other = element(0x30, octets('1.2.3'), element(0x01, Buffer.from([255])), octets('x'))
    const operation = element(searched, number(0, 0x0a), octets(''), octets(''))

    expect(readAnswer(message(2, operation, element(0xa0, other, paged('on'))))).toMatchObject({
      cookie: Buffer.from('on'),
    })
  })

  it('is refused where another one lies in it', () => {
    const swallowing = element(0x30, number(2), element(0x64, octets('uid=ada'), element(0x30)), elsewhere)

    expect(() => readAnswer(swallowing)).toThrow(LdapFailure)
  })

  it('is read or refused, whatever its bytes are, and however they come', () => {
    const whole = Buffer.concat([found, elsewhere, end])
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.integer({ min: 1, max: 50 }), (at, byte, size) => {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        const kinds: string[] = []
        const splitter = new MessageSplitter()

        try {
          for (let from = 0; from < bytes.length; from += size) {
            splitter.add(bytes.subarray(from, from + size))
            for (let next = splitter.take(); next !== undefined; next = splitter.take())
              kinds.push(kindOf(readAnswer(next)))
          }
        } catch (error) {
          expect(error).toBeInstanceOf(LdapFailure)
        }

        // A wrong byte makes no end of what is none, and none where there was one.
        expect(kinds).toEqual(['entry', 'reference', 'end'].slice(0, kinds.length))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is refused where it is any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const tagged = element(0x30, number(1), element(0x64, Buffer.from(bytes)))

        expect(() => readAnswer(tagged)).toThrow(LdapFailure)
      }),
    )
  })
})
