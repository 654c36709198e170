import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { SourceEnvironment } from '../source.ts'
import type { BodyCache } from './body-cache.ts'
import { readLocalFile } from './local-file.ts'
import { openUrl } from './open-url.ts'
import type { InputPlace } from './options.ts'
import { unkept } from './unkept.ts'

/** The bytes of a source, read as they are asked for; they end with an error where they may not be all, or not of one time. */
export interface Input {
  /** What error messages call it. */
  readonly name: string
  readonly bytes: AsyncIterable<Buffer>
  /** Whether nobody can have cut its end off: true of what git keeps. */
  readonly isSealed: boolean
  /** Called once all was read and found right: the next read may take it from here. */
  keep(): Promise<void>
  /** Lets go of it, also when not all was read. */
  close(): Promise<void>
}

/** What an input is opened with. */
export interface Opening {
  readonly options: JsonObject
  readonly environment: SourceEnvironment
  /** The media types that a server may give. */
  readonly accept: readonly string[]
  readonly signal: AbortSignal
  /** What was kept of addresses, and where it is kept; without it, everything is asked for. */
  readonly cache?: BodyCache | undefined
}

/** Opens the place. */
export async function openInput(place: InputPlace, opening: Opening): Promise<Input> {
  const { value } = place
  const { environment, signal } = opening
  const local = { name: `"${value}"`, ...unkept }
  switch (place.kind) {
    case 'path':
      return { ...local, bytes: readLocalFile(environment.in, value, signal), isSealed: false }
    case 'file':
      return { ...local, bytes: readConfigFile(value, environment, signal), isSealed: true }
    case 'url':
      return openUrl(value, opening)
  }
}

/** The error of an input that is there and is not what it should be. */
export function unreadable(input: Pick<Input, 'name'>, reason: string, cause?: unknown): GuildhallError {
  return new GuildhallError('SOURCE_ANSWER_WRONG', `Cannot read ${input.name}: ${reason}`, { cause })
}

async function* readConfigFile(
  path: string,
  environment: SourceEnvironment,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const bytes = Buffer.from(await environment.configFile(path))
  const portion = 65_536
  for (let at = 0; at < bytes.length; at += portion) {
    signal.throwIfAborted()
    yield bytes.subarray(at, at + portion)
  }
}
