import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'

/** Takes the name of a form as `<vo>/<form>` apart. */
export function splitForm(text: string): { readonly vo: string; readonly name: string } {
  const form = parseResource(text)
  if (form !== undefined) return form
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot read form "${text}": expected a VO and a form, such as "astro/join"`,
    { facts: { form: text } },
  )
}
