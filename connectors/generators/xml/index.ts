import { isShown, readColumns, shownAttributes, shownValue, type Column } from '../../columns.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { textsOf } from '../../safe-text.ts'
import { personOf } from '../../unix-accounts.ts'
import { escapeXml, isXmlText } from '../../xml-text.ts'

/** Makes `<service>.xml`: people, each an element on a line of its own. */
export const generator: Generator = {
  name: 'xml',
  carriesStatus: true,
  requires: [],
  uses: [],
  usesOf: (options) => shownAttributes(readColumns('xml', options)),
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const columns = readColumns('xml', input.options)
  const file = `${input.service}.xml`
  const open = `<people facility="${escapeXml(input.facility)}" service="${escapeXml(input.service)}">`
  yield { kind: 'text', file, text: `<?xml version="1.0" encoding="UTF-8"?>\n${open}\n` }
  for await (const accounts of input.accounts()) {
    let text = ''
    for (const account of accounts.filter((one) => isShown(one, columns))) {
      const read = readElement(account, columns)
      if ('element' in read) text += read.element
      else yield { kind: 'left-out', user: personOf(account), reason: read.reason }
    }
    if (text !== '') yield { kind: 'text', file, text }
  }
  yield { kind: 'text', file, text: '</people>\n' }
}

function readElement(
  account: Account,
  columns: readonly Column[],
): { readonly element: string } | { readonly reason: string } {
  let inner = ''
  for (const column of columns) {
    const texts = textsOf(shownValue(account, column))
    if (texts === undefined) return { reason: `${column.attribute} is a map, which no element can hold` }
    if (!texts.every(isXmlText)) return { reason: `${column.attribute} holds a character that XML cannot hold` }
    inner += texts.map((text) => `<${column.name}>${escapeXml(text)}</${column.name}>`).join('')
  }
  return { element: `  <person>${inner}</person>\n` }
}
