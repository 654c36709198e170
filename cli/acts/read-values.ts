import { holderForm, parseHolder, type HolderReference } from '../../core/attributes/holder-reference.ts'
import { holders } from '../../core/attributes/holders.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { JsonValue } from '../../core/model/json.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { ValueOn } from '../../store/index.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'
import { isOneLine } from '../../core/model/one-line.ts'

/** What stands on the command line in place of a holder and an attribute. */
interface Named {
  readonly holder: HolderReference
  readonly name: string
}

/** Reads a holder and the name of one of its attributes, with or without the holder in front of it. */
export function namedOf(holderText: string, name: string): Named {
  const holder = requireHolder(holderText)
  const full = fullName(holder, name)
  if (full !== undefined) return { holder, name: full }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot use attribute "${name}" of "${holderText}": ${expectedName(holder)}`,
    {
      facts: { name },
    },
  )
}

/** Reads a holder. */
export function requireHolder(text: string): HolderReference {
  const holder = parseHolder(text)
  if (holder !== undefined) return holder
  throw new GuildhallError('COMMAND_MISUSED', `Cannot read holder "${text}": ${expectedHolder}`, {
    facts: { holder: text },
  })
}

const expectedHolder = `expected one of ${holders.map(holderForm).join(', ')}`

function fullName({ holder }: HolderReference, name: string): string | undefined {
  if (name === '' || !isOneLine(name)) return undefined
  if (!name.includes('.')) return `${holder}.${name}`
  return name.startsWith(`${holder}.`) ? name : undefined
}

function expectedName({ holder }: HolderReference): string {
  return `expected a name such as "${holder}.shell" or "shell"`
}

/** Reads values from standard input, an object a line. */
export async function readValueLines(
  input: AsyncIterable<Uint8Array>,
  act: 'get' | 'set' | 'unset',
): Promise<ValueOn[]> {
  const isSet = act === 'set'
  const form = `expected an object such as {"holder": "user:idp/ada", "name": "shell"${isSet ? ', "value": "/bin/zsh"' : ''}}`
  const keys = isSet ? ['holder', 'name', 'value'] : ['holder', 'name']
  const reader = { form, keys, read: (line: LineObject) => readLine(line, isSet) }
  return act === 'get' ? readObjects(input, reader) : readReasoned(input, reader)
}

function readLine({ holder: text, name, value }: LineObject, isSet: boolean): ValueOn | string {
  const holder = typeof text === 'string' ? parseHolder(text) : undefined
  if (holder === undefined) return `holder: ${expectedHolder}, got ${showValue(text ?? null)}`
  const full = typeof name === 'string' ? fullName(holder, name) : undefined
  if (full === undefined) return `name: ${expectedName(holder)}, got ${showValue(name ?? null)}`
  return isSet ? withValue({ holder, name: full }, value) : { holder, name: full }
}

function withValue(named: Named, value: unknown): ValueOn | string {
  if (isJson(value)) return { ...named, value }
  return 'value: expected a value; `guildhall attribute unset` takes one away'
}

/** What JSON.parse gave is JSON all the way down. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined && value !== null
}
