import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run-program.ts'

/** An answer with one VO. */
export const vos = '[{ "id": 1, "shortName": "one" }]'

/** An attribute as Perun tells it, with a text or what is none. */
export function attributeOf(holder: string, name: string, value: string): string {
  const namespace = `urn:perun:${holder}:attribute-def:def`
  return `{ "friendlyName": "${name}", "namespace": "${namespace}", "type": "java.lang.String", "value": ${value} }`
}

/** A member of VO 1 who carries attributes along. */
export function richMember(id: number, attributes: readonly string[]): string {
  return `{ "id": ${id}, "userId": ${id}, "voId": 1, "user": { "id": ${id} }, "memberAttributes": [${attributes.join(', ')}] }`
}

/** Imports answers by file name from a folder below a root, into the one beside it that ends in `-config`. */
export async function importAnswers(
  root: string,
  name: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<object> {
  await mkdir(join(root, name))
  for (const [path, text] of Object.entries(files)) await writeFile(join(root, name, path), text)
  const { exitCode, stdout, stderr } = await run(['import', 'perun', name, '--to', `${name}-config`], { cwd: root })
  return { exitCode, said: `${stdout}${stderr}` }
}
