/** A second process that races: makes the calls that it is sent once the barrier opens, and answers what came of them. */
import { openPool } from '../../../store/index.ts'
import { afterBarrier, type Call } from './application-calls.ts'

const [, , url = ''] = process.argv
const pool = openPool(url)

process.on('message', (calls: readonly Call[]) => {
  void afterBarrier(pool, calls).then(
    (outcomes) => process.send?.({ outcomes }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => void pool.end())
process.send?.('ready')
