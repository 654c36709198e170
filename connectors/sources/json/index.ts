import type { JsonObject } from '../../../core/model/json.ts'
import type { SourceRecord, SourceType } from '../../source.ts'
import { withoutMark } from '../../source-input/byte-order-mark.ts'
import { createFileSource } from '../../source-input/file-source.ts'
import { unreadable } from '../../source-input/open-input.ts'
import type { Input } from '../../source-input/open-input.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { Grammar } from './grammar.ts'
import { RecordCollector } from './records.ts'
import type { Layout } from './records.ts'
import { TokenScanner } from './tokens.ts'

const accept = ['application/json', 'text/json', 'text/plain', 'application/octet-stream']

/** Reads the objects of a list in a JSON file. */
export const sourceType: SourceType = {
  type: 'json',
  login: '${login}',
  create(options, environment) {
    const layout: Layout = { records: readPath('records', options) ?? [], count: readPath('count', options) }
    return createFileSource({ type: 'json', accept, read: (input) => readRecords(input, layout) }, options, environment)
  },
}

async function* readRecords(input: Input, layout: Layout): AsyncGenerator<readonly SourceRecord[]> {
  const fail = (reason: string): Error => unreadable(input, reason)
  const collector = new RecordCollector(layout, fail)
  const grammar = new Grammar(collector, fail)
  const scanner = new TokenScanner((token) => grammar.take(token), fail)
  for await (const chunk of withoutMark(input)) {
    scanner.scan(chunk)
    yield collector.takeReady()
  }
  scanner.end()
  grammar.end()
  yield collector.takeReady()
  collector.end()
}

function readPath(option: 'records' | 'count', options: JsonObject): readonly string[] | undefined {
  const path = options[option]
  if (path === undefined) return undefined
  if (typeof path === 'string' && path.split('.').every((key) => key !== '')) return path.split('.')
  throw optionsInvalid('json', `its ${option} must be keys joined by dots, such as "result.people"`)
}
