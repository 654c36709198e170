import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { runPython } from '../../../test/connectors/python.ts'
import { hasScimServer, scimPython } from '../../../test/connectors/scim-server.ts'
import { generator } from './index.ts'

const withModels = hasScimServer ? it : it.skip

/** Each line as a strict reader of RFC 7643 has understood it. */
const readResources = `import json, sys
from scim2_models import Group, User
kinds = {'User': User, 'Group': Group}
read = []
for line in sys.stdin.buffer:
    kind = kinds[json.loads(line)['schemas'][0].split(':')[-1]]
    read.append(json.loads(kind.model_validate_json(line).model_dump_json(exclude_none=True)))
print(json.dumps(read))`

withModels(
  'scim2-models reads every line as it was (needs scim2-models: scripts/install-test-servers.sh)',
  async () => {
    const texts = [
      ...names.map(({ text }) => text),
      ...fc.sample(fc.string({ unit: 'binary' }), { numRuns: 300, seed: 7643 }),
    ]
    const plain = texts.map((text, index) =>
      person(
        `n${index}`,
        {
          ...{ 'user.login': `n${index}`, 'user.displayName': text, 'user.email': `n${index}@example.org` },
          ...{ 'user.title': text, 'user.phones': [text, '+1'], 'user.language': 'cs-CZ' },
        },
        index % 5 === 0 ? { status: 'EXPIRED' } : {},
      ),
    )
    const hostile = fc.sample(anyPeople, { numRuns: 30, seed: 7643 }).flat()
    const accounts = [...plain, ...hostile.map((one, index) => ({ ...one, identities: [`idp/h${index}`] }))]
    const attributes = {
      ...{ displayName: 'user.displayName', 'name.formatted': 'user.displayName', 'name.familyName': 'user.title' },
      ...{ emails: 'user.email', phoneNumbers: 'user.phones', title: 'user.title', preferredLanguage: 'user.language' },
    }
    const groups = [{ name: 'all', members: accounts }, { name: 'empty' }, { vo: 'bio', name: 'some', members: plain }]

    const { files } = await generate(generator, inputOf({ accounts, groups, options: { attributes } }))
    const ndjson = `${files['Users.ndjson'] ?? ''}${files['Groups.ndjson'] ?? ''}`
    const read = await runPython(readResources, ndjson, scimPython)

    // To a reader, an empty list is none (RFC 7643, section 2.5).
    const lines = ndjson.split('\n').slice(0, -1)
    expect(read).toEqual(lines.map((line): unknown => JSON.parse(line.replace(',"members":[]', ''))))
    expect(lines.length).toBeGreaterThan(300)
  },
)
