import { GuildhallError } from '../../core/errors.ts'
import type { SourceEnvironment } from '../source.ts'
import { readLocalFile } from './local-file.ts'
import type { InputPlace } from './options.ts'

/** The bytes of a source, read as they are asked for. */
export interface Input {
  /** What error messages call it. */
  readonly name: string
  readonly bytes: AsyncIterable<Buffer>
  /** Whether nobody can have cut its end off: true of what git keeps. */
  readonly isSealed: boolean
}

/** Opens the place at the first byte asked for; the bytes end with an error where they may not be all, or not of one time. */
export function openInput(place: InputPlace, environment: SourceEnvironment, signal: AbortSignal): Input {
  const { value } = place
  switch (place.kind) {
    case 'path':
      return { name: `"${value}"`, bytes: readLocalFile(environment.in, value, signal), isSealed: false }
    case 'file':
      return { name: `"${value}"`, bytes: readConfigFile(value, environment, signal), isSealed: true }
    case 'url':
      throw new GuildhallError('SOURCE_OPTIONS_INVALID', `Cannot read ${value}: give "path" or "file"`)
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
