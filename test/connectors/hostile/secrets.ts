import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecrets, type SecretReference } from '../../../connectors/secrets.ts'
import { hostileFolders } from './configuration.ts'
import { refusalOf, shown, type HostileInput } from './input.ts'

const own: SecretReference = { kind: 'Facility', document: 'hpc', name: 'key' }

const references: readonly SecretReference[] = [
  { ...own, document: 'farm' },
  { ...own, kind: 'Source' },
  { ...own, document: '..' },
  { ...own, document: '../../etc' },
  { ...own, document: '' },
  { ...own, document: 'farm/../hpc' },
  { ...own, name: '../hpc/key' },
  { ...own, document: 'farm', name: '../hpc/key' },
  { ...own, name: 'a\u0000' },
  { ...own, name: '../../../elsewhere/precious' },
  { ...own, kind: '../Facility' },
]

interface Case {
  readonly name: string
  readonly code: string
  readonly asked: SecretReference
  readonly variables?: Readonly<Record<string, string>>
  readonly named?: readonly SecretReference[]
}

/** Asks where there is a secret of Facility `hpc`, in its file. */
function asking({ name, code, asked, variables = {}, named = [own] }: Case): HostileInput {
  return {
    name,
    refused: [{ code }],
    async prepare({ root }) {
      const folder = join(root, 'secrets')
      await mkdir(join(folder, 'Facility', 'hpc'), { recursive: true })
      await writeFile(join(folder, 'Facility', 'hpc', 'key'), 'top secret')
      const lookUp = createSecrets({ folder, variables, references: () => named })
      return async () => refusalOf(async () => lookUp(asked))
    },
  }
}

/** Secrets in plain, and those of other documents. */
export function secretInputs(): HostileInput[] {
  const twins = ['a-b', 'a.b'].map((document) => ({ ...own, document }))
  return [
    ...hostileFolders('secrets'),
    ...references.map((asked) =>
      asking({ name: shown(Object.values(asked).join(' ')), code: 'SECRET_MISSING', asked }),
    ),
    ...twins.map((asked) =>
      asking({
        ...{ name: `a variable that ${asked.document} shares with another document`, code: 'SECRET_SHARED', asked },
        ...{ named: [...twins, own], variables: { GUILDHALL_SECRET_FACILITY_A_B_KEY: 'whose?' } },
      }),
    ),
  ]
}
