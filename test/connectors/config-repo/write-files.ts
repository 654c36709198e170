import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Abilities } from '../../../connectors/config-repo/validate-folder.ts'
import type { JsonObject } from '../../../core/model/json.ts'

/** A file of a test: its text, its text in repeated pieces, its bytes, or a symbolic link. */
export type TestFile =
  | string
  | readonly (readonly [string] | readonly [string, number])[]
  | { readonly base64: string }
  | { readonly symlink: string }

/** Writes files into a folder that is there. */
export async function writeFilesTo(folder: string, files: Readonly<Record<string, TestFile>>): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    if (typeof file === 'object' && 'symlink' in file) await symlink(file.symlink, join(folder, path))
    else await writeFile(join(folder, path), bytesOf(file))
  }
}

function bytesOf(file: Exclude<TestFile, { readonly symlink: string }>): Buffer {
  if (typeof file === 'string') return Buffer.from(file)
  if ('base64' in file) return Buffer.from(file.base64, 'base64')
  return Buffer.from(file.map(([text, times = 1]) => text.repeat(times)).join(''))
}

const keyOptions = {
  type: 'object',
  required: ['secret'],
  additionalProperties: false,
  properties: { secret: { type: 'string' } },
}

/** What a test's program can do. */
export const abilities: Abilities = {
  generatorOptions: new Map<string, JsonObject>([
    [
      'passwd',
      {
        tells: ['expired', 'banned'],
        type: 'object',
        additionalProperties: false,
        properties: { homeBase: { type: 'string', pattern: '^/' } },
      },
    ],
    ['sshkeys', { type: 'object', additionalProperties: false, properties: {} }],
    ['template', { type: 'object' }],
  ]),
  destinationOptions: new Map<string, JsonObject>([
    [
      'directory',
      {
        type: 'object',
        additionalProperties: false,
        required: ['path'],
        properties: { path: { type: 'string', pattern: '^(?!\\.\\.?(/|$))[a-z]+(/[a-z]+)*$' } },
      },
    ],
    ['keyed', { type: 'object', additionalProperties: false, properties: { key: keyOptions } }],
  ]),
  sourceOptions: new Map<string, JsonObject>([
    [
      'csv',
      {
        type: 'object',
        additionalProperties: false,
        required: ['file'],
        properties: { file: { type: 'string' }, password: keyOptions },
      },
    ],
  ]),
}

/** An Instance, a Source and a VO that other documents can refer to. */
export const base = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 1 }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: { managers: [{ user: idp/ada }] }
`
