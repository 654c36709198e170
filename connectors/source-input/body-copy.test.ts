import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { canMount, withSmallDisk } from '../../test/connectors/small-disk.ts'
import { BodyCopy } from './body-copy.ts'

const onSmallDisk = (await canMount()) ? it : it.skip

describe('a copy of a body', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'copy-'))
  })
  afterEach(async () => rm(folder, { recursive: true, force: true }))

  const pieces = Array.from({ length: 8 }, (_, index) => Buffer.alloc(100_000, `${index}`))

  async function* given(count = pieces.length): AsyncGenerator<Buffer> {
    yield* pieces.slice(0, count)
    if (count < pieces.length) throw new Error('broken off')
  }

  interface Copied {
    readonly copy: BodyCopy
    readonly passed: readonly Buffer[]
  }

  async function copied(mostBytes: number, bytes = given()): Promise<Copied> {
    const copy = await BodyCopy.begin(folder, mostBytes)
    if (copy === undefined) throw new Error('no copy was begun')
    const passed: Buffer[] = []
    try {
      for await (const piece of copy.passing(bytes)) passed.push(piece)
    } catch {
      // What is passed on tells.
    }
    return { copy, passed }
  }

  async function sizes(): Promise<number[]> {
    const files = await readdir(folder)
    return Promise.all(files.map(async (file) => (await stat(join(folder, file))).size))
  }

  it('is given away once, and stays then', async () => {
    const { copy, passed } = await copied(800_000)

    const taken = [copy.take(), copy.take()]
    await copy.close()

    expect(taken).toEqual([
      { file: expect.any(String), size: 800_000, digest: expect.stringMatching(/^\w{64}$/) },
      undefined,
    ])
    expect(passed).toEqual(pieces)
    expect(await sizes()).toEqual([800_000])
  })

  it('that would be too long takes no more room, and what is read is passed on', async () => {
    const { copy, passed } = await copied(799_999)
    const [before, taken] = [await sizes(), copy.take()]
    await copy.close()

    expect({ before, taken, after: await sizes() }).toEqual({ before: [0], taken: undefined, after: [] })
    expect(passed).toEqual(pieces)
  })

  it('of what broke off is none', async () => {
    const { copy, passed } = await copied(800_000, given(3))
    const taken = copy.take()
    await copy.close()

    expect({ taken, count: passed.length, after: await sizes() }).toEqual({ taken: undefined, count: 3, after: [] })
  })

  onSmallDisk('on a full disk is none, and what is read is passed on', async () => {
    await withSmallDisk(folder, async () => {
      const { copy, passed } = await copied(800_000)
      const [before, taken] = [await sizes(), copy.take()]
      await copy.close()

      expect({ before, taken, after: await sizes() }).toEqual({ before: [0], taken: undefined, after: [] })
      expect(passed).toEqual(pieces)
    })
  })
})
