import { proxyActivities } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '30 s' })

/** One activity and nothing around it: what any workflow costs. */
export async function bare(): Promise<void> {
  await nothing()
}
