import type { Generator, GeneratorInput, Output, ResourceView } from '../../generator.ts'
import { principalLines } from '../../kerberos.ts'
import { collectByResource } from '../../lines-of-people.ts'

const suffixPattern = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,49}$/
const attribute = 'resource.kerberosPrincipalsFileSuffix'

/** Makes `kerberos-principals`: the stanza that names the clients whose tickets are renewed for them. */
export const generator: Generator = {
  name: 'kerberos-principals',
  carriesStatus: false,
  requires: [],
  uses: [attribute, 'user.kerberosPrincipals'],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const files = yield* collectByResource(input, { fileOf, linesOf: principalLines })
  for (const [file, principals] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    yield { kind: 'text', file, text: ['target_clients =', ...[...principals].sort(), ';\n'].join('\n') }
  }
}

function fileOf({ vo, name, attributes }: ResourceView): { readonly file: string } | { readonly reason: string } {
  const suffix = attributes[attribute] ?? undefined
  if (suffix === undefined) return { file: 'kerberos-principals' }
  if (typeof suffix === 'string' && suffixPattern.test(suffix)) return { file: `kerberos-principals-${suffix}` }
  return { reason: `resource ${vo}/${name}: ${attribute} is not of letters, digits, "_" and "-"` }
}
