import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readAll } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { urlRig } from '../../../test/connectors/url-rig.ts'
import type { UrlRig } from '../../../test/connectors/url-rig.ts'
import { sourceType } from './index.ts'

let server: UrlRig
beforeAll(async () => {
  server = await urlRig({
    ...{ type: sourceType, mediaType: 'text/csv; charset=utf-8', options: { trailer: '#end' } },
    ...{ holds: ['nul', 'not-utf8', 'too-long'], write: csvOf },
  })
})
afterAll(() => server.stop())

function* csvOf(people: readonly Person[]): Generator<string | Buffer> {
  yield 'login,name,team\n'
  for (const { login = '', name = '', team = '' } of people) {
    yield `${login.toString()},"`
    yield typeof name === 'string' ? name.replaceAll('"', '""') : name
    yield `",${team.toString()}\n`
  }
  yield `#end ${people.length}\n`
}

describe('a csv source at an address', () => {
  keepsTheSourceContract(() => server.rig, { cannot: ['given'] })

  test.each([
    ['text/html', '<html><form>', 'an HTML page, perhaps one to log in, came where'],
    ['text/csv', '<!DOCTYPE html><html><form>', 'it answers with an HTML page'],
    ['text/csv', '{"error": "try again"}\n', 'it begins like a page (HTML), XML or JSON'],
    ['text/csv', 'login,name,team\nada,Ada,compiler\n', 'its last line "#end COUNT" is missing'],
    ['text/csv', '', 'it is empty'],
  ])('with status 200, %s and %j is an error', async (type, body, reason) => {
    const source = server.answering((_, response) => response.writeHead(200, { 'content-type': type }).end(body))

    await expect(readAll(source)).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining(reason),
    })
  })
})
