import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, textsIn } from '../../../test/connectors/any-values.ts'
import { generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import { debianPython, runPython } from '../../../test/connectors/python.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import { generator } from './index.ts'

const withPython = hasServer(debianPython) ? it : it.skip

const readRows = `import csv, json, sys, io
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')
print(json.dumps(list(csv.reader(text, strict=True))))`

withPython('the csv module of Python reads every cell as it was (needs python3: apt-get install python3)', async () => {
  const values = fc.sample(fc.tuple(anyValue, anyValue), { numRuns: 1_000, seed: 4180 })
  const accounts = values.map(([one, other], index) => person(`p${index}`, { 'user.one': one, 'user.other': other }))
  const attributes = ['user.one', 'user.other']
  const columns = ['identity', ...attributes].map((attribute) => ({ name: attribute, attribute }))

  const { files, leftOut } = await generate(generator, inputOf({ accounts, options: { columns } }))
  const rows = await runPython(readRows, files['export.csv'] ?? '')

  const kept = notLeftOut(accounts, leftOut)
  const cell = (value: Parameters<typeof textsIn>[0]): string | undefined => {
    const text = textsIn(value)?.join(';')
    return text !== undefined && typeof value !== 'number' && /^[=+@-]/.test(text) ? `'${text}` : text
  }
  expect(rows).toEqual([
    ['identity', ...attributes],
    ...kept.map(({ identities, attributes: has }) => [identities[0], ...attributes.map((name) => cell(has[name]))]),
  ])
  expect(kept.length).toBeGreaterThan(300)
})
