import { httpsSource } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import type { SourceRecord, SourceType } from '../../source.ts'
import { listBelow } from './list.ts'
import { pathsOf } from './paths.ts'
import { recordOfMember } from './record.ts'

/** Reads groups and their members from a VOOT provider; a record is one person in one group. */
export const sourceType: SourceType = {
  type: 'voot',
  login: '${id}',
  create: (options, environment) =>
    httpsSource(options, environment, {
      async check(asked) {
        const pages = listBelow(asked, pathsOf(asked.options).groups)
        await pages.next()
        await pages.return(undefined)
      },
      records: readMembers,
    }),
}

async function* readMembers(asked: Asked, select: string | undefined): AsyncGenerator<readonly SourceRecord[]> {
  const paths = pathsOf(asked.options)
  if (select !== undefined) {
    for await (const members of listBelow(asked, paths.membersOf(select))) {
      yield members.map((member) => recordOfMember(member, { id: select }))
    }
    return
  }
  // All groups first: a list that goes on while others are asked for would be longer under way, and change sooner.
  const groups = []
  for await (const page of listBelow(asked, paths.groups)) groups.push(...page)
  for (const group of groups) {
    for await (const members of listBelow(asked, paths.membersOf(String(group['id'])))) {
      yield members.map((member) => recordOfMember(member, group))
    }
  }
}
