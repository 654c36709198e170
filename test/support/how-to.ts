import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The YAML examples of a how-to, by the name of its page. */
export function examplesOf(page: string): string[] {
  const path = fileURLToPath(new URL(`../../docs/how-to/${page}.md`, import.meta.url))
  return [...readFileSync(path, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
}
