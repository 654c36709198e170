import { GuildhallError } from '../../../core/errors.ts'
import type { SourceRecord } from '../../source.ts'
import { corrupt, openSqlite } from './sqlite-reader.ts'
import type { SqliteQuestion, SqliteReader } from './sqlite-reader.ts'

/** What the reading process is asked for; one answer comes to each. */
export type SqliteRequest =
  { readonly kind: 'open'; readonly question: SqliteQuestion } | { readonly kind: 'check' } | { readonly kind: 'next' }

/** No rows are the end. */
export type SqliteAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'rows'; readonly rows: readonly SourceRecord[] }
  | { readonly kind: 'failed'; readonly message: string; readonly errcode?: number; readonly isOurs: boolean }

let reader: SqliteReader | undefined
let rows: ReturnType<SqliteReader['rows']> | undefined

process.on('message', (request: SqliteRequest) => {
  process.send?.(answer(request))
})

function answer(request: SqliteRequest): SqliteAnswer {
  try {
    switch (request.kind) {
      case 'open':
        reader = openSqlite(request.question)
        return { kind: 'done' }
      case 'check':
        reader?.check()
        return { kind: 'done' }
      case 'next':
        return { kind: 'rows', rows: nextRows() }
    }
  } catch (error) {
    return failureOf(error)
  }
}

function nextRows(): readonly SourceRecord[] {
  rows ??= reader?.rows()
  const next = rows?.next()
  return next === undefined || next.done === true ? [] : next.value
}

function failureOf(error: unknown): SqliteAnswer {
  const message = error instanceof Error ? error.message : String(error)
  const errcode = codeOf(error) ?? (/disk image is malformed/.test(message) ? corrupt : undefined)
  return {
    kind: 'failed',
    message,
    isOurs: error instanceof GuildhallError,
    ...(errcode === undefined ? {} : { errcode }),
  }
}

/** What goes wrong between two rows comes without one. */
function codeOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : undefined
}
