import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals'
import fc from 'fast-check'
import { fileRig } from '../../../test/connectors/file-rig.ts'
import type { FileRig } from '../../../test/connectors/file-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { Grammar } from './grammar.ts'
import { sourceType } from './index.ts'
import { TokenScanner } from './tokens.ts'

let files: FileRig
beforeAll(async () => {
  files = await fileRig({
    ...{ type: sourceType, options: { records: 'result.people' }, holds: ['nul', 'not-utf8', 'too-long'] },
    write: jsonOf,
  })
})
afterAll(() => files.remove())

function* jsonOf(people: readonly Person[]): Generator<string | Buffer> {
  yield '{"version": 1, "result": {"people": ['
  let comma = ''
  for (const person of people) {
    yield `${comma}{`
    comma = ','
    let inner = ''
    for (const [field, value] of Object.entries(person)) {
      yield `${inner}${JSON.stringify(field)}:`
      inner = ','
      yield typeof value === 'string' || value.includes(0)
        ? JSON.stringify(value.toString())
        : Buffer.concat([Buffer.from('"'), value, Buffer.from('"')])
    }
    yield '}'
  }
  yield `]}, "total": ${people.length}}`
}

function read(text: string | Buffer, options = {}, select?: string): Promise<unknown> {
  const environment = sourceEnvironment({ configFile: async () => Buffer.from(text) })
  return readAll(sourceType.create({ file: 'people.json', ...options }, environment), select)
}

describe('a json source', () => {
  keepsTheSourceContract(() => files.rig, { cannot: ['stuck', 'refused'] })

  it('flattens objects, makes several values of lists, and keeps numbers as they are written', async () => {
    const text = `\ufeff[{"id": 12345678901234567890, "rate": 1.50, "name": {"given": "A\\u0064a"}, "mails": [{"value": "a"}, {"value": "b"}],
      "__proto__": "p", "active": true, "left": null, "none": [], "empty": ""}]`

    const { records } = (await read(text)) as Awaited<ReturnType<typeof readAll>>

    expect(records.map(({ fields }) => Object.entries(fields))).toEqual([
      [
        ['id', ['12345678901234567890']],
        ['rate', ['1.50']],
        ['name.given', ['Ada']],
        ['mails.value', ['a', 'b']],
        ['__proto__', ['p']],
        ['active', ['true']],
      ],
    ])
  })

  it('believes the number of people that the file tells', async () => {
    const options = { records: 'people', count: 'meta.total' }

    await expect(read('{"people": [{}, {}], "meta": {"total": 2}}', options)).resolves.toMatchObject({
      end: { complete: true, count: 2 },
    })
    await expect(read('{"people": [{}, {}], "meta": {"total": 3}}', options)).rejects.toThrow(
      'Cannot read "people.json": it has 2 records, and "meta.total" in it says 3',
    )
  })

  test.each([
    ['', 'it is cut off: it ends before its last bracket'],
    [
      '<!DOCTYPE html><title>Log in</title>',
      'it is no JSON at byte 0; expected JSON, and a login or error page (HTML) is none',
    ],
    ['[{"a": "b"}, 3]', 'entry 2 of its list is no object'],
    ['[[]]', 'entry 1 of its list is no object'],
    ['{"people": []}', 'it is no list'],
    ['[{"a": "b"}', 'it is cut off: it ends before its last bracket'],
    ['[{"a": "b', 'it is cut off inside a text'],
    ['[{"a": 1, "a": 2}]', 'an object has the key "a" twice'],
    ['[{"a": 01}]', 'it is no JSON at byte 9; expected JSON, and a login or error page (HTML) is none'],
    ['[] []', 'it is no JSON: expected nothing after its end'],
    ['[['.repeat(60), 'entry 1 of its list is no object'],
    [`[{"a":${'['.repeat(101)}`, 'it is nested deeper than 100 levels'],
  ])('refuses %j', async (text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: `Cannot read "people.json": ${reason}`,
    })
  })

  it('takes what JSON.parse takes, but for keys given twice and keys that are no text, wherever the bytes are parted', () => {
    const junk = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        'u0041',
        '1',
        '-',
        '.',
        'e',
        ' ',
        '\n',
        'true',
        'null',
        '"a"',
      ),
      { maxLength: 12 },
    )
    const text = fc.oneof(
      fc.json({ noUnicodeString: false }),
      junk.map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (json, size) => {
        expect(isTaken(json, size)).toBe(isJson(json))
      }),
    )
  })
})

function isTaken(text: string, size: number): boolean {
  const fail = (reason: string): Error => new Error(reason)
  const nothing = (): void => undefined
  const grammar = new Grammar({ opened: nothing, closed: nothing, said: nothing }, fail)
  const scanner = new TokenScanner((token) => grammar.take(token), fail)
  const bytes = Buffer.from(text)
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.scan(bytes.subarray(at, at + size))
    scanner.end()
    grammar.end()
    return true
  } catch (error) {
    return / twice$|no text that can be read$/.test(String(error))
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
