import { showValue } from '../model/show-value.ts'
import type { JsonValue } from '../model/json.ts'

const placeholder = /\$\{([^}]*)\}/g

/** Lists the attributes that a template such as `${user.login}@example.org` is made from. */
export function attributesIn(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** Fills a template; undefined while one of its values is missing. */
export function fillTemplate(
  template: string,
  valueOf: (attribute: string) => JsonValue | undefined,
): string | undefined {
  const values = new Map(attributesIn(template).map((name) => [name, valueOf(name)]))
  if ([...values.values()].includes(undefined)) return undefined
  return template.replace(placeholder, (_, name: string) => textOf(values.get(name) ?? null))
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : showValue(value)
}
