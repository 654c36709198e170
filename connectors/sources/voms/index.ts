import { httpsSource } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import type { SourceRecord, SourceType } from '../../source.ts'
import { parseFqan } from './fqan.ts'
import { listUsers } from './list.ts'
import { fqansOf, recordOfUser } from './record.ts'
import { requireFqan } from './select.ts'

/** Reads the members of a VO from VOMS-Admin, with their groups and roles. */
export const sourceType: SourceType = {
  type: 'voms',
  login: '${dn}',
  create: (options, environment) =>
    httpsSource(options, environment, {
      async check(asked) {
        const pages = listUsers(asked, 1)
        await pages.next()
        await pages.return(undefined)
      },
      records: readUsers,
    }),
}

async function* readUsers(asked: Asked, select: string | undefined): AsyncGenerator<readonly SourceRecord[]> {
  const wanted = select === undefined ? undefined : requireFqan(select)
  for await (const users of listUsers(asked)) {
    const selected = users.filter(
      (user) => wanted === undefined || fqansOf(user).some((fqan) => parseFqan(fqan)?.text === wanted),
    )
    yield selected.map(recordOfUser)
  }
}
