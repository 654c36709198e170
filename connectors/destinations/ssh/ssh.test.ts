import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { keepsTheDestinationContract } from '../../../test/connectors/destination-contract.ts'
import { filesBelow, leftovers } from '../../../test/connectors/destination-rig.ts'
import type { Rig } from '../../../test/connectors/destination-rig.ts'
import { contextOf, sha256, snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { Channel } from './channel.ts'
import { receiverDestination } from './index.ts'
import { readOptions } from './options.ts'

const receiver = fileURLToPath(new URL('./receiver/guildhall-receiver', import.meta.url))
let base = ''
let count = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'receiver-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

/** A receiver started here, without SSH in between. */
function startReceiver(target: string): Channel {
  const child = spawn('sh', [receiver, target], { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const close = (): void => {
    child.stdin.destroy()
    child.stdout.destroy()
  }
  return { input: child.stdin, output: child.stdout, complaint: () => complaint, close }
}

async function rig(): Promise<Rig> {
  const folder = join(base, String((count += 1)), 'target')
  await mkdir(folder, { recursive: true })
  return { destination: receiverDestination(async () => startReceiver(folder)), folder }
}

/** Says something to a receiver and gives its answer. */
function say(target: string, text: string | Buffer): Promise<string> {
  const child = spawn('sh', [receiver, target], { stdio: ['pipe', 'pipe', 'ignore'] })
  let answer = ''
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  child.stdin.end(text)
  return new Promise((resolve) => child.on('close', () => resolve(answer)))
}

describe('a receiver', () => {
  keepsTheDestinationContract(rig)

  it('leaves nothing behind after deliveries that went through, broke off or were refused', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf()).catch(() => undefined)
    await say(folder, `guildhall 1\ndeliver hpc passwd 3 ${sha256('')} 1\nfile 10 ${sha256('')} a\nabc`)
    await destination.deliver(snapshotOf({ generation: 4, files: { a: '4' } }), contextOf())

    expect(await leftovers(folder)).toEqual([])
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '4' })
  })

  it('cleans up after one that was killed', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    await mkdir(join(folder, 'passwd/.guildhall/tmp.killed'))
    await writeFile(join(folder, 'passwd/.guildhall/claim'), '3\na\nhalf\n')
    await writeFile(join(folder, 'passwd/half'), 'made by the killed one')

    const older = destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    await expect(older).rejects.toMatchObject({ code: 'FENCED' })
    await destination.deliver(snapshotOf({ generation: 3, files: { a: '3' } }), contextOf())

    expect(await leftovers(folder)).toEqual([])
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '3' })
  })

  it.each(['passwd', 'passwd/keys', 'passwd/.guildhall', 'passwd/.guildhall/lock'])(
    'refuses a symbolic link at %s',
    async (link) => {
      const { destination, folder } = await rig()
      const elsewhere = join(folder, '..', 'elsewhere')
      await mkdir(elsewhere)
      await mkdir(join(folder, link, '..'), { recursive: true })
      await symlink(elsewhere, join(folder, link))

      const delivery = destination.deliver(snapshotOf({ generation: 1, files: { 'keys/ada': 'x' } }), contextOf())

      await expect(delivery).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
      expect(await filesBelow(elsewhere)).toEqual({})
    },
  )

  const hash = sha256('')
  it.each([
    ['nothing', ''],
    ['another protocol', 'guildhall 2\ncheck\n'],
    ['an unknown request', 'guildhall 1\nrun id\n'],
    ['a command in the request', 'guildhall 1\n$(touch canary)\n'],
    ['a command as the facility', `guildhall 1\ndeliver $(touch\tcanary) passwd 1 ${hash} 0\nend\n`],
    ['a service that leaves the folder', `guildhall 1\ndeliver hpc ../x 1 ${hash} 0\nend\n`],
    ['a hidden service', `guildhall 1\ndeliver hpc .guildhall 1 ${hash} 0\nend\n`],
    ['a generation that is no number', `guildhall 1\ndeliver hpc passwd 1a ${hash} 0\nend\n`],
    ['a generation too large', `guildhall 1\ndeliver hpc passwd 99999999999999999999 ${hash} 0\nend\n`],
    ['a short hash', 'guildhall 1\ndeliver hpc passwd 1 abc 0\nend\n'],
    ['no count', `guildhall 1\ndeliver hpc passwd 1 ${hash}\nend\n`],
    ['a file outside', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 0 ${hash} ../canary\nend\n`],
    ['an absolute file', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 0 ${hash} /tmp/canary\nend\n`],
    ['a file as option', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 0 ${hash} -rf\nend\n`],
    ['the token as file', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 0 ${hash} .guildhall/token\nend\n`],
    ['a negative size', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile -1 ${hash} a\nend\n`],
    ['a file twice', `guildhall 1\ndeliver hpc passwd 1 ${hash} 2\nfile 0 ${hash} a\nfile 0 ${hash} a\nend\n`],
    ['no end', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 0 ${hash} a\n`],
    ['another content', `guildhall 1\ndeliver hpc passwd 1 ${hash} 1\nfile 1 ${hash} a\nxend\n`],
  ])('refuses %s', async (_, text) => {
    const { folder } = await rig()

    const answer = await say(folder, text)

    expect(answer).toMatch(/^refused [^\n]+\n$/)
    expect(await filesBelow(join(folder, '..'))).toEqual({})
  })

  it('after a restored backup, a generation set to 0 by hand lets the next delivery in', async () => {
    const { destination, folder } = await rig()
    const token = join(folder, 'passwd/.guildhall/token')
    await destination.deliver(snapshotOf({ generation: 9, files: { a: '9', gone: '9' } }), contextOf())
    await writeFile(token, (await readFile(token, 'utf8')).replace(/^9 /, '0 '))

    await destination.deliver(snapshotOf({ generation: 4, files: { a: '4' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '4' })
  })

  it('refuses to start without a target folder of its own', async () => {
    expect(await say('relative', 'guildhall 1\ncheck\n')).toBe('refused the target folder is not absolute\n')
    expect(await say(join(base, 'missing'), 'guildhall 1\ncheck\n')).toMatch(/^refused the target folder is missing/)
  })

  it('answers busy while another delivery is being put in place', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())
    const holder = spawn('flock', [join(folder, 'passwd/.guildhall/lock'), 'cat'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await new Promise((resolve) => holder.once('spawn', resolve))
    const abort = new AbortController()
    const waiting = destination
      .deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf({ signal: abort.signal }))
      .catch((error: unknown) => error)

    abort.abort(new Error('time is over'))
    expect(await waiting).toMatchObject({ message: 'time is over' })
    holder.stdin.end()
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())

    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '2' })
  })

  it('one that lies about what it installed is not believed', async () => {
    const liar = join(base, 'liar')
    await writeFile(liar, '#!/bin/sh\ncat >/dev/null\necho "installed 9 abc"\n')
    await chmod(liar, 0o755)
    const destination = receiverDestination(async () => {
      const child = spawn(liar, { stdio: ['pipe', 'pipe', 'ignore'] })
      return { input: child.stdin, output: child.stdout, complaint: () => '', close: () => void child.kill() }
    })

    const delivery = destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    await expect(delivery).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })
})

describe('the options of an ssh destination', () => {
  const good = {
    host: 'login1.example.org',
    user: 'guildhall',
    key: { secret: 'key' },
    hostKey: `SHA256:${'a'.repeat(43)}`,
  }

  it('are read with port 22 by default', () => {
    expect(readOptions(good)).toEqual({
      host: 'login1.example.org',
      port: 22,
      user: 'guildhall',
      keySecret: 'key',
      hostKey: good.hostKey,
    })
    expect(readOptions({ ...good, host: '2001:db8::7', port: 2222 }).port).toBe(2222)
  })

  it.each([
    ...[
      '-oProxyCommand=touch canary',
      'a b',
      'a;b',
      '$(id)',
      'a\nb',
      '',
      '.a',
      'a/b',
      'user@host',
      'a'.repeat(254),
    ].map((host) => ({ host })),
    ...['root;id', '-l', 'A', '', 'a b', 'a\n'].map((user) => ({ user })),
    ...[0, 65536, 1.5, '22'].map((port) => ({ port })),
    ...['MD5:aa', 'SHA256:short', `SHA256:${'a'.repeat(44)}`, ''].map((hostKey) => ({ hostKey })),
    ...['-----BEGIN OPENSSH PRIVATE KEY-----', { secret: '../x' }, {}, null].map((key) => ({ key })),
  ])('refuse %j', (bad) => {
    expect(() => readOptions({ ...good, ...bad })).toThrow(
      expect.objectContaining({ code: 'DESTINATION_OPTIONS_INVALID' }),
    )
  })
})
