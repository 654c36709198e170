import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals'
import { fileRig } from '../../../test/connectors/file-rig.ts'
import type { FileRig } from '../../../test/connectors/file-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { sourceType } from './index.ts'

const mapping = { record: '/people/person', fields: { login: '@id', name: 'name/full', team: 'team/text()' } }

let files: FileRig
beforeAll(async () => {
  files = await fileRig({ type: sourceType, options: mapping, holds: ['not-utf8', 'too-long'], write: xmlOf })
})
afterAll(() => files.remove())

function* xmlOf(people: readonly Person[]): Generator<string | Buffer> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<people>\n'
  for (const { login = '', name = '', team = '' } of people) {
    yield `<person id="${escaped(login.toString())}">\n  <name><full>`
    yield typeof name === 'string' ? escaped(name) : name
    yield `</full></name><team>${escaped(team.toString())}</team></person>\n`
  }
  yield '</people>\n'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function read(text: string | Buffer, options: object = mapping, select?: string): ReturnType<typeof readAll> {
  const environment = sourceEnvironment({ configFile: async () => Buffer.from(text) })
  return readAll(sourceType.create({ file: 'people.xml', ...options }, environment), select)
}

describe('an xml source', () => {
  keepsTheSourceContract(() => files.rig, { cannot: ['stuck', 'refused'] })

  it('takes attributes, texts and several values by their paths, whatever the prefixes', async () => {
    const text = `\ufeff<h:people xmlns:h="urn:hr" total="1"><h:note>not a <h:person/></h:note><h:person id="a1"> own
      <h:name>  Ada <!-- x --><b>!</b>Lovelace</h:name><mail kind="work">a@x.org</mail><mail>b@x.org</mail>
      <deep><mail>c@x.org</mail></deep><raw><![CDATA[<&>]]>&#x41;&amp;</raw><none/></h:person></h:people>`
    const fields = {
      id: '@id',
      own: 'text()',
      name: 'name',
      mail: 'mail',
      kind: 'mail/@kind',
      raw: 'raw',
      none: 'none',
    }

    const { records, end } = await read(text, { record: '/people/person', fields, count: '/people/@total' })

    expect(end).toEqual({ complete: true, count: 1 })
    expect(records).toEqual([
      {
        fields: {
          ...{ id: ['a1'], own: ['own'], name: ['Ada Lovelace'], mail: ['a@x.org', 'b@x.org'], kind: ['work'] },
          raw: ['<&>A&'],
        },
      },
    ])
  })

  test.each([
    ['', 'it is no XML, or cut off, at line and column 1:0: document must contain a root element'],
    ['<html><body/></html>', 'its root is not the element people; a login or error page (HTML) is no list of people'],
    ['<people><person id="a">', 'it is no XML, or cut off, at line and column 1:23: unclosed tag: person'],
    ['<people><person id="a"/>', 'it is no XML, or cut off, at line and column 1:24: unclosed tag: people'],
    ['<people/><people/>', 'it is no XML, or cut off, at line and column 1:17: documents may contain only one root'],
    ['<?xml version="1.0" encoding="UTF-16"?><people/>', 'it says that it is written in "UTF-16"; write it in UTF-8'],
    [`<people>${'<a>'.repeat(100)}`, 'it is nested deeper than 100 levels'],
  ])('refuses %j', async (text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: `Cannot read "people.xml": ${reason}`,
    })
  })

  it('refuses another number of records than it tells, and a list that is not there', async () => {
    const deep = { ...mapping, record: '/answer/people/person' }

    await expect(read('<people total="2"><person/></people>', { ...mapping, count: '/people/@total' })).rejects.toThrow(
      'Cannot read "people.xml": it has 1 records, and its /people/@total says 2',
    )
    await expect(read('<answer><error/></answer>', deep)).rejects.toThrow('it has no element /answer/people')
    await expect(read('<answer><people/></answer>', deep)).resolves.toMatchObject({ end: { complete: true, count: 0 } })
  })

  it('takes no meaning of a prefix for a value, and no select by what is no field', async () => {
    const text =
      '<people xmlns:total="urn:t" total="1"><person xmlns:id="urn:i" xmlns="urn:p" id="a" i:id="b"/></people>'
    const options = { record: '/people/person', fields: { login: '@id', space: '@xmlns' }, count: '/people/@total' }

    expect((await read(text, options)).records).toEqual([{ fields: { login: ['a', 'b'] } }])
    await expect(read(text, options, 'team=a')).rejects.toMatchObject({
      code: 'SOURCE_OPTIONS_INVALID',
      message: expect.stringContaining('"team", which is none of its fields'),
    })
  })

  test.each([
    [{ record: 'person', fields: { a: '@a' } }],
    [{ record: '/people/person', fields: {} }],
    [{ record: '/people/person', fields: { a: '//a' } }],
    [{ record: '/people/person', fields: { a: '../a' } }],
    [{ record: '/people/person', fields: { a: 'document("x")' } }],
    [{ record: '/people/person', fields: { a: 'a' }, count: '/people' }],
  ])('does not take the options %j', (options) => {
    expect(() => sourceType.create({ path: 'x', ...options }, sourceEnvironment())).toThrow(
      expect.objectContaining({ code: 'SOURCE_OPTIONS_INVALID' }),
    )
  })
})

describe('hostile XML', () => {
  let folder = ''
  let server: Server
  let asked = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xml-canary-'))
    await writeFile(join(folder, 'canary'), 'CANARY')
    server = createServer((_, response) => {
      asked += 1
      response.end('CANARY')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  const places = (): string[] => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return [`file://${folder}/canary`, `${folder}/canary`, `http://127.0.0.1:${port}/canary`]
  }
  const bomb = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')

  test.each<[string, (place: string) => string, string]>([
    [
      'an external entity',
      (place) => `<!DOCTYPE people [<!ENTITY x SYSTEM "${place}">]><people><person id="&x;"/></people>`,
      'DOCTYPE',
    ],
    [
      'an external parameter entity',
      (place) => `<!DOCTYPE people [<!ENTITY % x SYSTEM "${place}"> %x;]><people/>`,
      'DOCTYPE',
    ],
    ['an external document type', (place) => `<!DOCTYPE people SYSTEM "${place}"><people/>`, 'DOCTYPE'],
    ['a public document type', (place) => `<!DOCTYPE people PUBLIC "-//X" "${place}"><people/>`, 'DOCTYPE'],
    [
      'an entity bomb',
      () => `<!DOCTYPE people [<!ENTITY l0 "lol">${bomb}]><people><person id="&l9;"/></people>`,
      'DOCTYPE',
    ],
    ['an entity that is not declared', () => '<people><person id="&x;"/></people>', 'undefined entity'],
    ['a document type after the root', (place) => `<people/><!DOCTYPE people SYSTEM "${place}">`, 'no XML'],
    ['a document type in small letters', (place) => `<!doctype people SYSTEM "${place}"><people/>`, 'no XML'],
  ])('%s is refused, and nothing is looked at', async (_, text, reason) => {
    const before = asked
    for (const place of places()) await expect(read(text(place))).rejects.toThrow(reason)
    expect(asked).toBe(before)
  })

  it('XInclude, schema locations and processing instructions mean nothing', async () => {
    for (const place of places()) {
      const { records } = await read(
        `<?xml-stylesheet href="${place}"?><people xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x ${place}">
         <person id="a"><name><full><xi:include href="${place}" parse="text"/></full></name></person></people>`,
      )

      expect(records).toEqual([{ fields: { login: ['a'] } }])
    }
    expect(asked).toBe(0)
  })
})
