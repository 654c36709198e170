import { isList } from '../../../core/attributes/lists.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Account, Generator } from '../../generator.ts'
import type { ListFormat } from '../../mailing-lists.ts'
import { listAttributes, writeMailingLists } from '../../write-mailing-lists.ts'

const languagePattern = /^[a-z]{2,3}$/

const format: ListFormat<{ readonly languages: readonly string[] }> = {
  settingsOf(valueOf) {
    const languages = valueOf('mailingListLanguages') ?? []
    if (isList(languages) && languages.every(isLanguage)) return { settings: { languages: [...new Set(languages)] } }
    return { reason: 'mailingListLanguages is not a list of languages such as "en"' }
  },
  endingsOf: ({ languages }) => (languages.length === 0 ? [''] : languages.map((language) => `-${language}`)),
  endingFor({ languages }, account) {
    const [first] = languages
    if (first === undefined) return ''
    return `-${languages.find((language) => language === languageOf(account)) ?? first}`
  },
  headOf: () => '',
  lineOf: ({ address, name }) => (name === '' ? `${address}\n` : `${address} ${name}\n`),
}

/** Makes `mailinglists/<list>`: who is on a list, as Sympa takes subscribers; or a file for each language of it. */
export const generator: Generator = {
  name: 'sympa',
  carriesStatus: false,
  requires: [],
  uses: [
    ...listAttributes,
    ...['resource.mailingListLanguages', 'group.mailingListLanguages', 'user.preferredLanguage'],
  ],
  generate: (input) => writeMailingLists(input, format),
}

/** Of `en-GB`, it is `en`. */
function languageOf({ attributes }: Account): string | undefined {
  const language = attributes['user.preferredLanguage']
  return typeof language === 'string' ? language.toLowerCase().split(/[-_]/)[0] : undefined
}

function isLanguage(value: JsonValue): value is string {
  return typeof value === 'string' && languagePattern.test(value)
}
