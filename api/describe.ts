import { Registry } from 'prom-client'
import { buildApi } from './build.ts'
import type { ApiDependencies } from './dependencies.ts'

/** The OpenAPI document of the whole API, as it is checked in. */
export async function describeApi(): Promise<string> {
  const app = await buildApi(noDependencies, { servesReads: true })
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
  }
}

const unused = async (): Promise<never> => {
  throw new Error('describing the API runs no route')
}

const noDependencies: ApiDependencies = {
  reads: {
    ping: unused,
    status: unused,
    overview: unused,
    runs: unused,
    members: unused,
    access: unused,
    why: unused,
    deliveries: unused,
  },
  withActs: unused,
  operatorToken: unused,
  checkTemporal: unused,
  requestReconcile: unused,
  metrics: new Registry(),
  links: {},
  now: () => new Date(0),
}
