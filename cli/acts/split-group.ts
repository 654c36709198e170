import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'

/** Takes `astro/telescope` apart; COMMAND_MISUSED where it is no VO and group. */
export function splitGroup(text: string): { readonly vo: string; readonly group: string } {
  const named = parseResource(text)
  if (named !== undefined) return { vo: named.vo, group: named.name }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot act on group "${text}": expected a VO and a group, such as "astro/telescope"`,
    {
      facts: { group: text },
    },
  )
}
