import { StringDecoder } from 'node:string_decoder'
import { SaxesParser } from 'saxes'
import type { SourceRecord, SourceType } from '../../source.ts'
import { withoutMark } from '../../source-input/byte-order-mark.ts'
import { createFileSource } from '../../source-input/file-source.ts'
import { unreadable } from '../../source-input/open-input.ts'
import type { Input } from '../../source-input/open-input.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { readMapping } from './mapping.ts'
import type { Mapping } from './mapping.ts'
import { ElementCollector } from './records.ts'

const mostBytes = 100 * 1024 * 1024

const accept = ['application/xml', 'text/xml', 'text/plain', 'application/octet-stream']

/** Reads elements of an XML file. */
export const sourceType: SourceType = {
  type: 'xml',
  login: '${login}',
  create(options, environment) {
    const mapping = readMapping(options)
    const fields = new Set([...mapping.texts.values(), ...mapping.attributes.values()].flat())
    return createFileSource(
      {
        type: 'xml',
        accept,
        read: (input, selection) => {
          const unknown = selection.find(({ field }) => !fields.has(field))?.field
          if (unknown === undefined) return readRecords(input, mapping)
          throw optionsInvalid('xml', `select names "${unknown}", which is none of its fields`)
        },
      },
      options,
      environment,
    )
  },
}

async function* readRecords(input: Input, mapping: Mapping): AsyncGenerator<readonly SourceRecord[]> {
  const fail = (reason: string): Error => unreadable(input, reason)
  const collector = new ElementCollector(mapping, fail)
  const parser = createParser(collector, fail)
  const decoder = new StringDecoder('utf8')
  let size = 0
  for await (const chunk of withoutMark(input)) {
    size += chunk.length
    if (size > mostBytes) throw fail(`it is larger than ${mostBytes} bytes; give the list as csv or json`)
    parser.write(decoder.write(chunk))
    yield collector.takeReady()
  }
  parser.write(decoder.end()).close()
  yield collector.takeReady()
  collector.end()
}

/** Without a document type there are no entities but the five of XML and numbers, and nothing is ever fetched. */
function createParser(collector: ElementCollector, fail: (reason: string) => Error): SaxesParser {
  const parser = new SaxesParser()
  const refuse = (): never => {
    throw fail('it has a document type (DOCTYPE), which is refused whatever it says; leave it out')
  }
  parser.on('doctype', refuse)
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding === undefined || /^utf-?8$/i.test(encoding)) return
    throw fail(`it says that it is written in ${JSON.stringify(encoding.slice(0, 40))}; write it in UTF-8`)
  })
  parser.on('opentag', ({ name, attributes }) => collector.opened(name, attributes))
  parser.on('text', (text) => collector.said(text))
  parser.on('cdata', (text) => collector.said(text))
  parser.on('closetag', () => collector.closed())
  parser.on('error', ({ message }) => {
    throw fail(`it is no XML, or cut off, at line and column ${message.replace(/\.$/, '')}`)
  })
  return parser
}
