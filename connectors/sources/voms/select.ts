import { GuildhallError } from '../../../core/errors.ts'
import { parseFqan } from './fqan.ts'

/** Takes a `select` for the FQAN that everybody who is given has to have. */
export function requireFqan(select: string): string {
  const fqan = parseFqan(select)
  if (fqan !== undefined) return fqan.text
  throw new GuildhallError(
    'SOURCE_OPTIONS_INVALID',
    `Cannot select ${JSON.stringify(select)} of a voms source: expected a group or a role in it, such as "/astro/telescope/Role=operator"`,
  )
}
