import { createServer } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAddressRules, isAddressOrRange } from '../../../connectors/https/addresses.ts'
import { createHttpsReader } from '../../../connectors/https/reader.ts'
import type { HttpsSettings } from '../../../connectors/https/settings.ts'

const { signal } = new AbortController()
let hits = 0
let port = 0
const canary = createServer((socket) => {
  hits += 1
  socket.destroy()
})
beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '::', resolve))
  const address = canary.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => new Promise((resolve) => canary.close(resolve)))

async function read(url: string, settings: Partial<HttpsSettings> = {}): Promise<unknown> {
  const reader = createHttpsReader({ allowedPrivate: [], ...settings })
  return reader
    .read({ url, accept: ['text/csv'], signal })
    .catch((error: unknown) => error)
    .finally(reader.close)
}

const found = (...addresses: readonly string[]): Pick<HttpsSettings, 'findAddresses'> => ({
  findAddresses: (_host, _options, answer) => {
    const list = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
    answer(null, list)
  },
})

describe('an address inside is refused before a connection is made', () => {
  const hosts = [
    ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001'],
    ...['127.0.0.1.', '127.255.255.254', '0', '0.0.0.0', '①②⑦.⓪.⓪.①', '127。0。0。1', '%31%32%37.0.0.1'],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]'],
    ...['[64:ff9b::7f00:1]', '[64:ff9b::10.0.0.1]', '[2002:7f00:1::]', '[fe80::1]', '[fc00::1]', '[fd00:ec2::254]'],
    ...['[ff02::1]', '[fec0::1]', '[100::1]', '[2001:db8::1]', '[64:ff9b:1::1]', '[::ffff:0:127.0.0.1]'],
    ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', '100.100.100.200', '192.0.0.192'],
    ...['169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '168.63.129.16', '224.0.0.1'],
    ...['240.0.0.1', '255.255.255.255', '198.18.0.1'],
  ]

  it.each(hosts)('%s', async (host) => {
    expect(await read(`https://${host}:${port}/people.csv`)).toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
    expect(hits).toBe(0)
  })

  it.each(['localhost', 'LOCALHOST', 'ⓛocalhost'])('the name %s, by what it leads to', async (host) => {
    expect(await read(`https://${host}:${port}/people.csv`)).toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
    expect(hits).toBe(0)
  })

  it.each(['localhost.', 'people.example.'])('the name %s, whoever knows it', async (host) => {
    const refusal = await read(`https://${host}:${port}/people.csv`, found('127.0.0.1'))

    expect(refusal).toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
    expect(hits).toBe(0)
  })

  it('a name that leads outside and inside', async () => {
    const refusal = await read(`https://people.example:${port}/`, found('93.184.215.14', '127.0.0.1'))

    expect(refusal).toMatchObject({
      code: 'SOURCE_ADDRESS_REFUSED',
      message:
        'Cannot read from "people.example": it leads to 127.0.0.1, an address inside; if it is meant, add it to GUILDHALL_ALLOW_PRIVATE',
    })
    expect(hits).toBe(0)
  })

  it('a name that leads outside first and inside when it is asked again', async () => {
    const answers = [['192.0.2.1'], ['127.0.0.1']]
    let asked = 0
    const findAddresses: HttpsSettings['findAddresses'] = (_host, _options, answer) => {
      asked += 1
      answer(
        null,
        (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
      )
    }
    // 192.0.2.1 is of a range for documentation: nobody answers there.
    const settings = { findAddresses, allowedPrivate: ['192.0.2.1'], limits: { idleMs: 50 } }

    expect(await read(`https://people.example:${port}/`, settings)).toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(asked).toBe(1)
    expect(hits).toBe(0)
  })
})

describe('what is listed may be asked', () => {
  it.each([['127.0.0.1'], ['127.0.0.0/8'], ['::ffff:127.0.0.1'], ['10.0.0.1', '127.0.0.1/32']])(
    '%s',
    async (...list) => {
      const before = hits

      expect(await read(`https://127.0.0.1:${port}/`, { allowedPrivate: list })).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
      })
      expect(hits).toBe(before + 1)
    },
  )

  it('another one beside it is not', () => {
    const rules = createAddressRules(['10.1.2.3', 'fd00::/8', '192.168.4.0/24'])
    const isAllowed = (address: string): boolean => rules.isAllowed(address)

    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.4.9', '8.8.8.8', '2606:4700::1111'].filter(isAllowed),
    ).toEqual(['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.4.9', '8.8.8.8', '2606:4700::1111'])
    expect(['10.1.2.4', 'fc00::1', '192.168.5.1', '::1', 'fe80::1%eth0', 'localhost', ''].filter(isAllowed)).toEqual([])
  })
})

describe('a URL that cannot be used', () => {
  const table: readonly (readonly [string, string])[] = [
    ['http://people.example/', 'plain http is for this machine alone'],
    ['http://8.8.8.8/', 'plain http is for this machine alone'],
    ['ftp://people.example/', 'plain http is for this machine alone'],
    ['file:///etc/passwd', 'plain http is for this machine alone'],
    ['gopher://127.0.0.1:70/', 'plain http is for this machine alone'],
    ['https://people.example@127.0.0.1/', 'a name or password before "@"'],
    ['https://ada:hunter2@people.example/', 'a name or password before "@"'],
    ['people.csv', 'it is none'],
    ['https://', 'it is none'],
    ['https://999.1.1.1/', 'it is none'],
  ]

  it.each(table)('%s is refused', async (url, reason) => {
    const refusal = await read(url, found('93.184.215.14'))

    expect(refusal).toMatchObject({ code: 'SOURCE_OPTIONS_INVALID', message: expect.stringContaining(reason) })
    expect(String(refusal)).not.toContain('hunter2')
  })

  it('http to this machine is refused unless that is listed', async () => {
    expect(await read(`http://127.0.0.1:${port}/`)).toMatchObject({ code: 'SOURCE_ADDRESS_REFUSED' })
  })
})

it('addresses and ranges are told from other texts', () => {
  const right = ['10.1.2.3', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0', '::ffff:1.2.3.4']
  const wrong = [
    '',
    'localhost',
    '10.1',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.0.0.0/-1',
  ]

  expect([...right, ...wrong].filter(isAddressOrRange)).toEqual(right)
})
