import { showValue } from '../../core/model/show-value.ts'
import { isIdentity } from '../../schemas/validate.ts'
import type { AcceptanceOf } from '../../store/index.ts'
import type { LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'

const form = 'expected an object such as {"user": "idp/ada"} or {"user": "idp/ada", "version": "2026-01"}'

/** Reads who accepts terms from standard input, an object a line; where a line names no version the option does. */
export async function readAcceptances(
  input: AsyncIterable<Uint8Array>,
  version: string | undefined,
): Promise<AcceptanceOf[]> {
  const lines = await readReasoned(input, { form, keys: ['user', 'version'], read: readAcceptance })
  return lines.map((line) => ({ ...line, version: line.version ?? version }))
}

function readAcceptance({ user, version }: LineObject): AcceptanceOf | string {
  if (typeof user !== 'string' || !isIdentity(user))
    return `user: expected an identity such as "idp/ada", got ${showValue(user ?? null)}`
  if (version === undefined) return { user }
  if (typeof version === 'string') return { user, version }
  return `version: expected a version such as "2026-01", got ${showValue(version)}`
}
