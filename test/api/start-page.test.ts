import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { buildApi } from '../../api/build.ts'
import { startApi } from '../../api/start.ts'
import type { Links, Reads } from '../../api/dependencies.ts'
import pino from 'pino'
import { readTypedLine } from '../cli/typed-line.ts'
import { fakeDependencies, reads, status } from './fake-dependencies.ts'

const open: FastifyInstance[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

async function page(over: Partial<Reads> = {}, links: Links = fakeDependencies().links) {
  const app = await buildApi(fakeDependencies({ reads: { ...reads, ...over }, links }), { servesReads: true })
  open.push(app)
  return app.inject('/')
}

/** Says something on a connection of its own, and gives all that is answered. */
async function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(words)
  return text(socket)
}

function plain(html: string): string {
  return html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}

describe('the start page', () => {
  it('shows commit, holds, errors, VOs, facilities, runs and where to go', async () => {
    const { body, statusCode } = await page()

    expect(statusCode).toBe(200)
    for (const expected of [
      '<code>c0ffee00c0ff</code>: not in force everywhere',
      'vo:astro is still at <code>decade00deca</code>',
      'guildhall approve ab12 --reason',
      '<code>astro/groups.yaml:4</code> there is no group &quot;enginers&quot;',
      '<th scope="row">astro <span class="soft">Astronomy</span></th>',
      '<td class="number">9</td>',
      '<th scope="row">hpc</th> <td>passwd</td>',
      'login1: <span class="failing">',
      'href="http://127.0.0.1:8233"',
      'git -C /srv/hall/config-repo commit -am',
    ]) {
      expect(body.replaceAll(/\s+/g, ' ')).toContain(expected)
    }
  })

  it.each([undefined, "/srv/our hall/it's"])('with home %j, its commands work as they are typed', async (home) => {
    const links = { configRepo: '/srv/hall/config-repo', ...(home === undefined ? {} : { home }) }
    const [problem] = status.errors
    const errors = Array.from({ length: 21 }, () => problem).filter((error) => error !== undefined)
    const [facility] = status.facilities
    const facilities = Array.from({ length: 201 }, () => facility).filter((one) => one !== undefined)
    const many = { ...reads, status: async () => ({ ...status, errors, facilities }) }

    const { body } = await page(many, links)

    const commands = plain(body).match(/npx .*?(?=<|\n| {3}#)/g) ?? []
    expect(await Promise.all(commands.map(readTypedLine))).toEqual(
      ['approve', 'status', 'deliveries', 'apply', 'status'].map((command) => ({ command, home })),
    )
  })

  it('needs no script, names its language, and lets nothing in from elsewhere', async () => {
    const { body, headers } = await page()

    expect(body).not.toMatch(/<script|onload|javascript:/i)
    expect(body).toContain('<html lang="en">')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}';/)
  })

  it('escapes what people wrote', async () => {
    const { body } = await page()

    expect(body).toContain('<h1>Hall &lt;of&gt; examples</h1>')
  })

  it('says what comes next where nothing is there yet', async () => {
    const { body } = await page({
      status: async () => ({ head: null, applied: {}, holds: [], errors: [], facilities: [] }),
      overview: async () => ({ instance: null, vos: [] }),
      runs: async () => [],
    })

    expect(body).toContain('<h1>Guildhall</h1>')
    expect(body).toContain('No commit has been looked at yet')
    expect(body).toContain('Add a document of kind VO')
    expect(body).not.toContain('Held')
  })
})

describe('startApi', () => {
  it('listens on a free port and closes', async () => {
    const running = await startApi({
      port: 0,
      host: '127.0.0.1',
      deps: fakeDependencies(),
      log: pino({ level: 'silent' }),
    })

    const answer = await fetch(`${running.address}/healthz`)
    await running.close()

    expect(await answer.text()).toBe('ok')
    await expect(fetch(`${running.address}/healthz`)).rejects.toThrow()
  })

  it.each([
    [`GET /${'a'.repeat(20_000)} HTTP/1.1`, '431 Request Header Fields Too Large', 431],
    ['Hello?', '400 Bad Request', 400],
  ])('answers what it cannot read in the form of every error', async (line, words, status) => {
    const { address, close } = await startApi({
      ...{ port: 0, host: '127.0.0.1', deps: fakeDependencies(), log: pino({ level: 'silent' }) },
    })

    const answer = await say(Number(new URL(address).port), `${line}\r\nhost: localhost\r\n\r\n`)
    await close()

    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head).toContain(`HTTP/1.1 ${words}\r\n`)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'REQUEST_INVALID', facts: { status } } })
  })
})
