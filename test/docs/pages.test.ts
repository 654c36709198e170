import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import type { JsonValue } from '../../core/model/json.ts'
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

  test('operations tells of every reason why a sync leaves something out', () => {
    const rows = [...textOf('docs/operations.md').matchAll(/^\| `([a-z-]+)` +\|.*\|.*\|$/gm)].map(([, name]) => name)

    expect(Object.keys(skipReasons).filter((reason) => !rows.includes(reason))).toEqual([])
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
