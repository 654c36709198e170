import { httpsSource, pageSizeOf } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import type { SourceRecord, SourceType } from '../../source.ts'
import { readAbilities } from './abilities.ts'
import { readGroups } from './groups.ts'
import { askForNobody, readList, requireFilters } from './list.ts'
import type { Asking } from './list.ts'
import { recordOfUser } from './record.ts'

/** Reads the users of a SCIM 2.0 service provider (RFC 7643, 7644). */
export const sourceType: SourceType = {
  type: 'scim',
  login: '${userName}',
  create: (options, environment) =>
    httpsSource(options, environment, {
      check: async (asked) => askForNobody(await askingOf(asked), '/Users'),
      records: readUsers,
    }),
}

async function* readUsers(asked: Asked, select: string | undefined): AsyncGenerator<readonly SourceRecord[]> {
  const asking = await askingOf(asked)
  if (select !== undefined) requireFilters(asking)
  const groups = asking.options['groups'] === true ? await readGroups(asking) : undefined
  for await (const users of readList(asking, '/Users', select)) {
    yield users.map((user) => recordOfUser(user, groups?.(user['id'])))
  }
}

async function askingOf(asked: Asked): Promise<Asking> {
  const abilities = await readAbilities(asked)
  const pageSize = Math.min(pageSizeOf(asked.options, 200), abilities.mostResults ?? Infinity)
  return { ...asked, abilities, pageSize }
}
