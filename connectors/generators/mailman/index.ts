import type { Generator } from '../../generator.ts'
import { isPlainAddress } from '../../mail-addresses.ts'
import type { ListFormat } from '../../mailing-lists.ts'
import { listAttributes, writeMailingLists } from '../../write-mailing-lists.ts'

const format: ListFormat<{ readonly manager: string }> = {
  settingsOf(valueOf) {
    const manager = valueOf('mailingListManagerMail')
    if (isPlainAddress(manager)) return { settings: { manager } }
    return { reason: 'mailingListManagerMail is missing or not a plain e-mail address' }
  },
  endingsOf: () => [''],
  endingFor: () => '',
  headOf: ({ manager }) => `#MANAGERS_MAIL=${manager}\n`,
  lineOf: ({ address, name }) => (name === '' ? `${address}\n` : `${quoted(name)} <${address}>\n`),
}

/** Makes `mailinglists/<list>`: the manager of a list, then who is on it, as Mailman takes members. */
export const generator: Generator = {
  name: 'mailman',
  carriesStatus: false,
  requires: [],
  uses: [...listAttributes, 'resource.mailingListManagerMail', 'group.mailingListManagerMail'],
  generate: (input) => writeMailingLists(input, format),
}

/** A quoted string of RFC 5322. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
