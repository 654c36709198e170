import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import type { JsonValue } from '../../core/model/json.ts'
import type { StructureNote } from '../../core/structure/sourced-group.ts'
import type { SkipReason } from '../../store/changes/sync/skips.ts'
import { documentFaults } from '../../schemas/validate.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'config-repo/README.md', ...docs].filter(
  (name) => name.endsWith('.md'),
)

describe('the pages', () => {
  test.each(pages)('%s links to files and headings that exist', (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, target = '']) => target)

    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })

  test.each(pages)('%s shows YAML that satisfies its schema', (page) => {
    const blocks = [...textOf(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text)
    const whole = blocks.filter((text) => text.includes('apiVersion:'))

    expect(whole.flatMap(documentsIn).flatMap((document) => documentFaults(document))).toEqual([])
  })

  test.each([
    ['Left out as', () => skipReasons],
    ['Of groups, left out as', () => structureReasons],
  ])('operations tells of every reason why a sync leaves something out: %s', (heading, reasons) => {
    const told = tableUnder('docs/operations.md', heading).map(([name = '']) => name.replaceAll('`', ''))

    expect(told.toSorted()).toEqual(Object.keys(reasons()).toSorted())
  })

  test('every decision is at most 40 lines', () => {
    const long = pages.filter(
      (page) => page.startsWith('docs/decisions/') && textOf(page).trimEnd().split('\n').length > 40,
    )

    expect(long).toEqual([])
  })
})

/** All there are: the compiler misses none. */
const skipReasons = {
  'no-identity': true,
  unreadable: true,
  'date-invalid': true,
  'status-invalid': true,
  erased: true,
  ambiguous: true,
  full: true,
  'group-unknown': true,
  'value-unreadable': true,
  'expression-failed': true,
  'value-invalid': true,
  'value-ambiguous': true,
  'value-outside': true,
  'value-taken': true,
} satisfies Record<SkipReason, true>

const structureReasons = {
  'no-key': true,
  unreadable: true,
  'key-twice': true,
  'no-name': true,
  'name-unfit': true,
  'name-reserved': true,
  'name-taken': true,
  'name-twice': true,
  cycle: true,
  'below-skipped': true,
  'parent-unknown': true,
  'title-unfit': true,
  'include-unknown': true,
  'include-cycle': true,
} satisfies Record<StructureNote['reason'], true>

/** The rows of the table whose first column is called so. */
function tableUnder(page: string, heading: string): string[][] {
  const lines = textOf(page).split('\n')
  const [, , ...below] = lines.slice(lines.findIndex((line) => cellsOf(line)[0] === heading))
  const end = below.findIndex((line) => !line.startsWith('|'))
  return below.slice(0, end).map(cellsOf)
}

function cellsOf(line: string): string[] {
  const [, ...cells] = line.split('|')
  return cells.map((cell) => cell.trim())
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, target))) return false
  return heading === undefined || headingsOf(target).includes(heading)
}

function headingsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  )
}

function documentsIn(text: string): JsonValue[] {
  return parseAllDocuments(text).map((document) => plain(document))
}

function plain(document: { toJS(): JsonValue }): JsonValue {
  return document.toJS()
}
