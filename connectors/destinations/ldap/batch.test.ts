import { describe, expect, it } from '@jest/globals'
import type { EntryChange } from '../../ldap/entry-change.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import { write } from './batch.ts'
import type { Fence } from './fence.ts'
import { createProblems } from './problems.ts'

const changes: readonly EntryChange[] = ['ada', 'bob', 'cy'].map((name) => ({ kind: 'delete', dn: `uid=${name}` }))

/** Writes where the token is as fresh as is said for each try, and tells what was done in which order. */
async function run(fresh: readonly boolean[], results: readonly (number | undefined)[] = []) {
  const log: string[] = []
  const tries = [...fresh]
  const fence: Pick<Fence, 'isFresh' | 'requireHeld'> = {
    requireHeld: async () => void log.push('looked at the token'),
    isFresh: () => tries.shift() ?? true,
  }
  const connection = {
    changeAll: async (all: readonly EntryChange[], isStillDue: () => boolean = () => true) => {
      if (!isStillDue()) return undefined
      log.push(`wrote ${all.length}`)
      return all.map((_, index) => {
        const result = results[index]
        return result === undefined ? undefined : new LdapFailure('refused', `result ${result}`, { result })
      })
    },
  }
  const problems = createProblems()
  const done = await write(changes, { connection, fence, problems })
  return { done, log, refusals: problems.refusals }
}

describe('a batch of changes', () => {
  it('goes out right after the token was looked at, and a process that was stopped in between looks again', async () => {
    expect(await run([false, false, true])).toEqual({
      ...{ done: 3, refusals: 0 },
      log: [...Array<string>(3).fill('looked at the token'), 'wrote 3'],
    })
  })

  it('does not go out where the token cannot be seen soon enough', async () => {
    await expect(run(Array<boolean>(100).fill(false))).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('counts what was done; what is gone already is no trouble, and what is refused keeps back no other', async () => {
    expect(await run([], [32, 66])).toMatchObject({ done: 1, refusals: 1 })
  })

  it('ends where no other change would be made either', async () => {
    await expect(run([], [undefined, 51])).rejects.toMatchObject({ result: 51, message: 'at "uid=bob" result 51' })
  })
})
