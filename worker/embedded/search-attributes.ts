import type { Connection } from '@temporalio/client'

/** The search attributes every workflow of ours may carry, by their types. */
export const searchAttributes = {
  vo: 'Keyword',
  facility: 'Keyword',
  state: 'Keyword',
  needsHuman: 'Keyword',
  dueAt: 'Datetime',
} as const

/** The numbers of `temporal.api.enums.v1.IndexedValueType`. */
const typeNumbers = { Keyword: 2, Datetime: 6 } as const

/** Registers what is missing of our search attributes; the dev server gets them as it starts, another server here. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in customAttributes))
  if (missing.length === 0) return
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, typeNumbers[type]])),
  })
}
