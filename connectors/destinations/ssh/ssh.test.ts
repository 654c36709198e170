import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { keepsTheDestinationContract } from '../../../test/connectors/destination-contract.ts'
import { filesBelow, leftovers } from '../../../test/connectors/destination-rig.ts'
import type { Rig } from '../../../test/connectors/destination-rig.ts'
import { sayToReceiver, startReceiver } from '../../../test/connectors/local-receiver.ts'
import { contextOf, sha256, snapshotOf } from '../../../test/connectors/snapshots.ts'
import { receiverDestination } from './index.ts'
import { readPlace } from '../../ssh/place.ts'

let base = ''
let count = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'receiver-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

async function rig(): Promise<Rig> {
  const folder = join(base, String((count += 1)), 'target')
  await mkdir(folder, { recursive: true })
  return { destination: receiverDestination(async () => startReceiver(folder)), folder }
}

describe('a receiver', () => {
  keepsTheDestinationContract(rig)

  it('leaves nothing behind after deliveries that went through, broke off or were refused', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    await destination.deliver(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf()).catch(() => undefined)
    await sayToReceiver(folder, `guildhall 1\ndeliver hpc passwd 3 ${sha256('')} 1\nfile 10 ${sha256('')} a\nabc`)
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

  it('cleans up after one that was killed once its files were in place', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 2, files: { a: '2' } })
    await destination.deliver(snapshot, contextOf())
    await mkdir(join(folder, 'passwd/.guildhall/tmp.killed'))
    await writeFile(join(folder, 'passwd/.guildhall/claim'), '2\na\n')

    const { changed } = await destination.deliver(snapshot, contextOf())

    expect(changed).toBe(false)
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '2' })
    expect(await leftovers(folder)).toEqual([])
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
    expect(await sayToReceiver('relative', 'guildhall 1\ncheck\n')).toBe('refused the target folder is not absolute\n')
    expect(await sayToReceiver(join(base, 'missing'), 'guildhall 1\ncheck\n')).toMatch(
      /^refused the target folder is missing/,
    )
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
    expect(readPlace('ssh', good)).toEqual({
      host: 'login1.example.org',
      port: 22,
      user: 'guildhall',
      keySecret: 'key',
      hostKey: good.hostKey,
    })
    expect(readPlace('ssh', { ...good, host: '2001:db8::7', port: 2222 }).port).toBe(2222)
  })
})
