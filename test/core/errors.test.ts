import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { errorCodes } from '../../core/error-codes.ts'
import { GuildhallError } from '../../core/errors.ts'
import { findingCodes } from '../../core/finding-codes.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

function explained(title: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
  return [...section.matchAll(/^### `([^`]+)`$/gm)].map(([, code]) => code ?? '')
}

describe('docs/errors.md', () => {
  it('explains exactly the codes an error can carry', () => {
    expect(explained('Errors')).toEqual([...errorCodes])
  })

  it('explains exactly the codes a finding can carry', () => {
    expect(explained('Findings')).toEqual([...findingCodes])
  })
})

describe('the lists of codes', () => {
  it('are sorted', () => {
    expect([...errorCodes].sort()).toEqual([...errorCodes])
    expect([...findingCodes].sort()).toEqual([...findingCodes])
  })
})

describe('an error', () => {
  it('keeps its code, its facts and its cause', () => {
    const cause = new Error('no route to host')

    const error = new GuildhallError('STATE_UNREACHABLE', 'Cannot reach the database', { facts: { host: 'db' }, cause })

    expect({ code: error.code, message: error.message, facts: error.facts, cause: error.cause }).toEqual({
      code: 'STATE_UNREACHABLE',
      message: 'Cannot reach the database',
      facts: { host: 'db' },
      cause,
    })
  })
})
