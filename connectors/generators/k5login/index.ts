import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { readPrincipals } from '../../kerberos.ts'
import { writeSorted } from '../../line-files.ts'
import { collectByResource, type Lines } from '../../lines-of-people.ts'
import { mountPointAttribute, mountPointsOf } from '../../mount-points.ts'
import { sharedLogins } from '../../shared-logins.ts'
import { readLogin } from '../../unix-accounts.ts'

const name = 'k5login'

/** Makes `k5login`: which principals may log in as the owner of each home directory. */
export const generator: Generator = {
  name,
  carriesStatus: false,
  requires: ['user.login'],
  uses: [mountPointAttribute, 'user.kerberosPrincipals'],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const mountPointOf = mountPointsOf(input.options, name)
  const shared = await sharedLogins(input)
  const byMountPoint = yield* collectByResource(input, {
    fileOf: (resource) => {
      const mountPoint = mountPointOf(resource)
      return 'reason' in mountPoint ? mountPoint : { file: mountPoint.chosen }
    },
    linesOf: (account, mountPoint) => lineOf(account, { mountPoint, shared }),
  })
  yield* writeSorted(
    'k5login',
    [...byMountPoint.values()].flatMap((lines) => [...lines]),
  )
}

function lineOf(
  account: Account,
  { mountPoint, shared }: { readonly mountPoint: string; readonly shared: ReadonlySet<string> },
): Lines {
  const read = readPrincipals(account)
  if (read === undefined || 'reason' in read) return read
  const login = readLogin(account)
  if ('reason' in login) return login
  if (shared.has(login.login)) return { reason: `its login ${login.login} is also that of another person` }
  return { lines: [[`${mountPoint}/${login.login}`, ...read.principals].join('\t')] }
}
