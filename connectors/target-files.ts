import { chooseFor, readChoices } from './choices.ts'
import type { Account, GeneratorInput, Output } from './generator.ts'
import { writeSorted } from './line-files.ts'
import { collectByResource, type Lines } from './lines-of-people.ts'
import { isUnixName } from './unix-accounts.ts'

interface TargetFiles {
  readonly generator: string
  readonly folder: string
  /** By which a resource chooses its target user. */
  readonly attribute: string
  readonly linesOf: (account: Account) => Lines
}

/** Writes `<folder>/<target user>` for each target user that a resource chooses: what its people add, distinct and sorted. */
export async function* writeTargetFiles(
  input: GeneratorInput,
  { generator, folder, attribute, linesOf }: TargetFiles,
): AsyncIterable<Output> {
  const targets = readChoices(input.options, {
    ...{ generator, option: 'targets', isOne: isUnixName, examples: ['deploy', 'www-data'] },
  })
  const files = yield* collectByResource(input, {
    fileOf: (resource) => {
      const target = chooseFor(resource, attribute, targets)
      return 'reason' in target ? target : { file: `${folder}/${target.chosen}` }
    },
    linesOf,
  })
  for (const [file, lines] of [...files].sort(([one], [other]) => (one < other ? -1 : 1)))
    yield* writeSorted(file, lines)
}
