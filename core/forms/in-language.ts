/** Texts by language; one in English is always there. */
export type Texts = Readonly<Record<string, string>>

/** The language of texts for those who name none, and where there is none in theirs. */
const usualLanguage = 'en'

/** Picks the text in a language, else the English one; of a language with a region such as `pt-BR` the language decides. */
export function inLanguage(texts: Texts | undefined, language: string | undefined): string | undefined {
  const [own = usualLanguage] = (language ?? usualLanguage).toLowerCase().split('-')
  return texts?.[own] ?? texts?.[usualLanguage]
}
