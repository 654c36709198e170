import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { JsonObject } from '../../core/model/json.ts'
import type { SourceType, UnreadableReason } from '../../connectors/source.ts'
import { sourceEnvironment } from './read-source.ts'
import type { Person, SourceRig } from './source-rig.ts'

interface Format {
  readonly type: SourceType
  readonly options: JsonObject
  readonly holds: readonly UnreadableReason[]
  /** The bytes of a file that names these people. */
  write(people: readonly Person[]): Iterable<string | Buffer>
}

/** A rig and what takes its files away. */
export interface FileRig {
  readonly rig: SourceRig
  remove(): Promise<void>
}

/** A rig for types that read files: each served list is a new file in a temporary folder. */
export async function fileRig(format: Format): Promise<FileRig> {
  const folder = await mkdtemp(join(tmpdir(), `source-${format.type.type}-`))
  let count = 0
  let served = 0
  const create = (path: string) => format.type.create({ ...format.options, path }, sourceEnvironment({ in: folder }))
  const write = async (people: readonly Person[]): Promise<string> => {
    count += 1
    served = people.length
    await pipeline(format.write(people), createWriteStream(join(folder, `${count}`)))
    return `${count}`
  }
  const rig: SourceRig = {
    holds: format.holds,
    secrets: [],
    serve: async (people) => create(await write(people)),
    serveBroken: async (people) => {
      const path = await write(people)
      await truncate(join(folder, path), Math.floor((await stat(join(folder, path))).size * 0.6))
      return create(path)
    },
    unreachable: async () => create('missing'),
    selectTeam: (team) => `team=${team}`,
    given: async () => {
      const [handle] = await handlesBelow(folder)
      if (handle === undefined) return served
      const position = /^pos:\s*(\d+)/m.exec(await readFile(`/proc/self/fdinfo/${handle}`, 'utf8'))?.[1]
      return (Number(position) / (await stat(join(folder, `${count}`))).size) * served
    },
    open: async () => (await handlesBelow(folder)).length,
  }
  return { rig, remove: () => rm(folder, { recursive: true, force: true }) }
}

async function handlesBelow(folder: string): Promise<string[]> {
  const handles = await readdir('/proc/self/fd')
  const targets = await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')))
  return handles.filter((_, index) => targets[index]?.startsWith(`${folder}/`))
}
