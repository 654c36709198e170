import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import { parseJson } from '../../core/model/parse-json.ts'
import type { Shell } from '../shell.ts'

/** Where the answers of one person stand. */
export interface AnswerOptions {
  readonly answers?: string
  readonly answer?: readonly string[]
}

/** Collects an option that is given more than once. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** Reads the answers from a file or standard input, and those given one by one over them. */
export async function readAnswers(shell: Shell, { answers: file, answer = [] }: AnswerOptions): Promise<JsonObject> {
  const read =
    file === undefined ? {} : parseAnswers(file === '-' ? await readInput(shell) : readText(shell, file), file)
  return { ...read, ...Object.fromEntries(answer.map(readAnswer)) }
}

/** Reads everything from standard input. */
export async function readInput(shell: Shell): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of shell.input()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function readText(shell: Shell, file: string): string {
  try {
    return readFileSync(resolve(shell.cwd, file), 'utf8')
  } catch (cause) {
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot read the answers in "${file}": expected a file with a JSON object`,
      {
        facts: { file },
        cause,
      },
    )
  }
}

/** Takes a JSON object of answers apart; COMMAND_MISUSED where it is none. */
export function parseAnswers(text: string, from: string): JsonObject {
  const value = parseJson(text)
  if (isObject(value)) return value
  const place = from === '-' ? 'from standard input' : `in "${from}"`
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot read the answers ${place}: expected a JSON object such as {"name": "Ada Lovelace"}`,
  )
}

/** What JSON.parse gives is JSON all the way down. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readAnswer(text: string): [string, JsonValue] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot read answer "${text}": expected NAME=VALUE, such as "name=Ada Lovelace"`,
    )
  const value = text.slice(at + 1)
  return [text.slice(0, at), parseJson(value) ?? value]
}
