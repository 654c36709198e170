import { sleep } from '@temporalio/workflow'

/** Sleeps that long and tells how many days its own clock moved. */
export async function sleeper(durationMs: number): Promise<number> {
  const start = Date.now()
  await sleep(durationMs)
  return Math.round((Date.now() - start) / 86_400_000)
}
