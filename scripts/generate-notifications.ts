import { readFile, writeFile } from 'node:fs/promises'
import { notificationEvents, type NotificationEvent } from '../core/notifications/events.ts'
import { tagsOf, type Tags } from '../core/notifications/tag-reference.ts'

const page = new URL('../docs/how-to/notification.md', import.meta.url)
const marker = /(<!-- Written by scripts\/generate-notifications\.ts[^\n]*-->\n)[\s\S]*$/

/** Writes down what the templates of each event may name. */
export async function generateTagReference(): Promise<void> {
  const before = await readFile(page, 'utf8')
  if (!marker.test(before)) throw new Error('docs/how-to/notification.md lacks the line after which tags are written')
  const groups = new Map<Tags, NotificationEvent[]>()
  for (const event of notificationEvents) {
    const tags = tagsOf(event)
    groups.set(tags, [...(groups.get(tags) ?? []), event])
  }
  const written = [...groups].map(([tags, events]) => `\n${titleOf(events)}:\n\n${listOf(tags, '').join('\n')}\n`)
  await writeFile(
    page,
    before.replace(marker, (_, line: string) => line + written.join('')),
  )
}

function titleOf(events: readonly NotificationEvent[]): string {
  return events.map((event) => `\`${event}\``).join(', ')
}

function listOf(tags: Tags, before: string): string[] {
  return Object.entries(tags).flatMap(([name, { says, of = {} }]) => [
    `${'  '.repeat(before === '' ? 0 : before.split('.').length - 1)}- \`${before}${name}\`: ${says}`,
    ...listOf(of, `${before}${name}.`),
  ])
}

await generateTagReference()
