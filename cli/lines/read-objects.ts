import { GuildhallError } from '../../core/errors.ts'
import { findUnkept } from '../../core/model/find-unkept.ts'
import { showValue } from '../../core/model/show-value.ts'
import { parseJson } from '../../core/model/parse-json.ts'
import { readLines } from './read-lines.ts'

/** The object that stands on a line. */
export type LineObject = Readonly<Record<string, unknown>>

/** How the objects of a stream are read. */
export interface ObjectReader<Request> {
  /** What a line should look like, as the end of an error. */
  readonly form: string
  readonly keys: readonly string[]
  /** Gives a request, or says what is wrong. */
  readonly read: (object: LineObject) => Request | string
}

/** Reads an object a line from standard input; nothing is done where one of them cannot be read. */
export async function readObjects<Request extends object>(
  input: AsyncIterable<Uint8Array>,
  reader: ObjectReader<Request>,
): Promise<Request[]> {
  const requests: Request[] = []
  for await (const { number, text } of readLines(input)) {
    if (text.trim() === '') continue
    const request = readOne(text, reader)
    if (typeof request !== 'string') requests.push(request)
    else
      throw new GuildhallError('LINE_INVALID', `Cannot read line ${number}: ${request}; nothing was done`, {
        facts: { line: number },
      })
  }
  return requests
}

function readOne<Request>(text: string, { form, keys, read }: ObjectReader<Request>): Request | string {
  const value = parseJson(text)
  const lost = findUnkept(value)
  if (lost !== undefined) return `${form}, got the character ${lost} too, which can be kept nowhere`
  if (!isObject(value)) return `${form}, got ${showValue(value ?? text.trim())}`
  const unknown = Object.keys(value).find((key) => !keys.includes(key))
  return unknown === undefined ? read(value) : `${form}, got the key ${showValue(unknown)} too`
}

function isObject(value: unknown): value is LineObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
