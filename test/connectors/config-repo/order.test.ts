import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createParsedCache } from '../../../connectors/config-repo/parsed-cache.ts'
import { readTree, type Parsed } from '../../../connectors/config-repo/read-tree.ts'
import { desireReading } from '../../../connectors/config-repo/validate-folder.ts'
import type { Desired } from '../../../core/model/state.ts'
import { abilities, base } from './write-files.ts'

const groups = Array.from({ length: 12 }, (_, n) => {
  const name = n < 6 ? `g${n}` : `g${n - 6}:sub${n}`
  const members = Array.from({ length: n % 4 }, (_, m) => `idp/user${(n * 7 + m * 5) % 11}`)
  const includes = n > 0 && n < 6 ? `, includes: [g${n - 1}]` : ''
  return `apiVersion: guildhall/v1\nkind: Group\nmetadata: { vo: astro, name: "${name}" }\nspec: { members: [${[...new Set(members)].join(', ')}]${includes} }\n`
})
const documents = [...base.split('---\n'), ...groups]

async function desiredFrom(files: readonly (readonly string[])[]): Promise<Desired> {
  const texts = files.map((file) => Buffer.from(file.join('---\n')))
  const entries = texts.map((text, n) => ({
    path: `f${n}.yaml`,
    kind: 'file' as const,
    blob: String(n),
    bytes: text.length,
  }))
  const read = async ({ blob }: { readonly blob?: string }) => texts[Number(blob)] ?? Buffer.alloc(0)
  return desireReading(await readTree({ entries, read }, createParsedCache<Parsed>()), abilities)
}

function withoutPlaces(desired: Desired): unknown {
  return JSON.parse(
    JSON.stringify(desired, (key, value: unknown) => (key === 'at' || key === 'keyLines' ? undefined : value)),
  )
}

it('documents shuffled over files give the same desired state', async () => {
  const expected = withoutPlaces(await desiredFrom([documents]))
  const shuffled = fc.tuple(
    fc.shuffledSubarray(documents, { minLength: documents.length }),
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: documents.length, maxLength: documents.length }),
  )
  await fc.assert(
    fc.asyncProperty(shuffled, async ([order, places]) => {
      const files = [0, 1, 2, 3].map((file) => order.filter((_, n) => places[n] === file))
      expect(withoutPlaces(await desiredFrom(files.filter((file) => file.length > 0)))).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

it('what was parsed is kept by blob, and the least recently used goes first', () => {
  const cache = createParsedCache<string>(36)
  cache.set('a', 'A', 1)
  cache.set('b', 'B', 1)
  cache.set('c', 'C', 1)
  cache.get('a')
  cache.set('d', 'D', 1)

  expect(['a', 'b', 'c', 'd'].map((blob) => cache.get(blob))).toEqual(['A', undefined, 'C', 'D'])
})
