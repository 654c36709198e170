import { httpsDestination } from '../../../connectors/destinations/https/index.ts'
import type { Destination } from '../../../connectors/destination.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { destinationUrls, fileNames } from '../corpus.ts'
import { destinationEnvironment } from '../destination-rig.ts'
import { contextOf, snapshotOf } from '../snapshots.ts'
import { failing, shown, type HostileInput } from './input.ts'

const good = { url: 'https://inside.example/', sign: { hmac: { secret: 'signing' } } }

const badOptions: readonly JsonObject[] = [
  ...[42, null].map((url) => ({ url })),
  ...['tar', 1].map((body) => ({ body })),
  ...['maybe', true].map((receipt) => ({ receipt })),
  ...[{}, 'hunter2', { hmac: 'hunter2' }, { hmac: { secret: 'a' }, jws: { secret: 'a' } }].map((sign) => ({ sign })),
  ...['none', 'HS256', 'es256', 1].map((algorithm) => ({ sign: { jws: { secret: 'key', keyId: '1', algorithm } } })),
  ...['', 7].map((keyId) => ({ sign: { jws: { secret: 'key', keyId, algorithm: 'ES256' } } })),
  ...['hunter2', {}].map((token) => ({ token })),
  { password: { secret: 'password' } },
  { clientCertificate: '-----BEGIN PRIVATE KEY-----' },
]

const badTokens = ['hunter2\r\nX-Admin: yes', 'hunter2\n', 'hunter2\u0000', 'hunter2 ✓']

/** One whose every name leads inside. */
function destination(options: JsonObject, secret = 'hunter2'): Destination {
  const environment = destinationEnvironment({ secret: async () => secret })
  return httpsDestination({ ...good, ...options }, environment, {
    findAddresses: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
  })
}

function hostileOptions(): HostileInput[] {
  const code = 'DESTINATION_OPTIONS_INVALID'
  return [
    ...destinationUrls.map((one) =>
      failing(`the url ${shown(one.url)}`, one.code, async () => destination({ url: one.url }).check(contextOf())),
    ),
    ...badOptions.map((bad) =>
      failing(`the option ${shown(JSON.stringify(bad))}`, code, async () => destination(bad).check(contextOf())),
    ),
    ...badTokens.map((token) =>
      failing(`the token ${shown(token)}`, code, async () =>
        destination({ token: { secret: 'token' } }, token).check(contextOf()),
      ),
    ),
  ]
}

const words = ['../other', '/etc', 'a b', '', 'a;id', '$(id)', 'a\r\nX-Admin: yes', '-rf']

function hostileSnapshots(): HostileInput[] {
  const refused = (name: string, parts: Partial<Parameters<typeof snapshotOf>[0]>): HostileInput =>
    failing(name, 'DELIVERY_REFUSED', async () =>
      destination({}).deliver(snapshotOf({ generation: 1, files: { a: '' }, ...parts }), contextOf()),
    )
  return [
    ...words.map((word) => refused(`the facility ${shown(word)}`, { facility: word })),
    ...words.map((word) => refused(`the service ${shown(word)}`, { service: word })),
    ...fileNames.map((name) => refused(`the file ${shown(name)}`, { files: { [name]: '' } })),
  ]
}

/** Everything that goes to a web address. */
export function httpsInputs(): HostileInput[] {
  return [...hostileOptions(), ...hostileSnapshots()]
}
