import { groupBy } from '../../core/model/group-by.ts'
import { unifiedDiff } from '../../core/reviews/unified-diff.ts'
import { leaveOutMembers, type NamedMember } from './leave-out-members.ts'

/** A member whom git names, and where. */
export interface MemberInGit extends NamedMember {
  readonly file: string
}

/** Drafts the change of a commit that names these members no more, as `git apply` takes it; empty where there is nothing to change. */
export async function draftPatch(
  readText: (file: string) => Promise<string | undefined>,
  members: readonly MemberInGit[],
): Promise<string> {
  const diffs: string[] = []
  const byFile = [...groupBy(members, ({ file }) => file)].sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [path, named] of byFile) {
    const before = await readText(path)
    if (before === undefined) continue
    diffs.push(unifiedDiff({ path, before, after: leaveOutMembers(path, before, named) }))
  }
  return diffs.join('')
}
