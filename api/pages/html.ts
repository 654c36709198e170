/** Text that is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | readonly Html[]

/** Builds HTML out of a template; every value that is not HTML already is escaped. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + textOf(values[index])).join(''))
}

export const nothing = new Html('')

function textOf(value: Value | undefined): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string') return escape(value)
  return typeof value === 'number' ? String(value) : value.map(({ text }) => text).join('')
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A link to an http address, or the bare text where the address is none. */
export function link(address: string, text: string): Html {
  return /^https?:\/\//.test(address) || /^\/(?!\/)/.test(address)
    ? markup`<a href="${address}">${text}</a>`
    : markup`${text}`
}
