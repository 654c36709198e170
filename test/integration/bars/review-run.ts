import * as store from '../../../store/index.ts'

/** Closes a review as its workflow does, and ends as by kill -9 before or after its transaction is committed: `DATABASE REVIEW NOW before|after`. */
const [database = '', review = '', now = '', when = ''] = process.argv.slice(2)
const pool = store.openPool(database)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
await store.inTransaction(
  pool,
  async (tx) => {
    await store.lookAtReview(tx, { id: Number(review), now: new Date(now) })
    if (when === 'before') die()
  },
  store.asAct,
)
die()
