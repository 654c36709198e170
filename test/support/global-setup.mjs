import { tsImport } from 'tsx/esm/api'

/** Jest loads this file natively, which cannot read TypeScript; everything else is in servers.ts. */
const { startTestServers } = await tsImport('./servers.ts', import.meta.url)

let running

export default async function globalSetup() {
  running = await startTestServers()
}

export async function stopTestServers() {
  await running?.stop()
}
