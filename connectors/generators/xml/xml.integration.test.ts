import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, textsIn } from '../../../test/connectors/any-values.ts'
import { generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import { debianPython, runPython } from '../../../test/connectors/python.ts'
import { hasServer, runWithInput } from '../../../test/connectors/server-process.ts'
import { generator } from './index.ts'

const readers = ['/usr/bin/xmllint', debianPython]
const withReaders = readers.every(hasServer) ? describe : describe.skip

const readPeople = `import json, sys
import xml.etree.ElementTree as tree
print(json.dumps([[[one.tag, one.text or ''] for one in person] for person in tree.fromstring(sys.stdin.buffer.read())]))`

withReaders('people in XML (needs xmllint: apt-get install libxml2-utils python3)', () => {
  it('are read by xmllint, and by Python as they were', async () => {
    const values = fc.sample(fc.tuple(anyValue, anyValue), { numRuns: 1_000, seed: 1998 })
    const accounts = values.map(([one, other], index) => person(`p${index}`, { 'user.one': one, 'user.other': other }))
    const columns = ['identity', 'user.one', 'user.other'].map((attribute) => ({
      name: attribute.replace('user.', 'x-'),
      attribute,
    }))

    const { files, leftOut } = await generate(generator, inputOf({ accounts, options: { columns } }))
    await runWithInput('xmllint', ['--noout', '-'], files['export.xml'] ?? '')
    const people = await runPython(readPeople, files['export.xml'] ?? '')

    const kept = notLeftOut(accounts, leftOut)
    expect(people).toEqual(
      kept.map(({ identities, attributes }) => [
        ['identity', identities[0]],
        ...(textsIn(attributes['user.one']) ?? []).map((text) => ['x-one', text]),
        ...(textsIn(attributes['user.other']) ?? []).map((text) => ['x-other', text]),
      ]),
    )
    expect(kept.length).toBeGreaterThan(300)
  })
})
