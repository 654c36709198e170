import { once } from 'node:events'
import ssh2 from 'ssh2'
import { makeKey } from '../../../connectors/ssh/make-key.ts'
import { destinationType, receiverDestination } from '../../../connectors/destinations/ssh/index.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { fileNames } from '../corpus.ts'
import { destinationEnvironment } from '../destination-rig.ts'
import { sayToReceiver, startReceiver } from '../local-receiver.ts'
import { contextOf, sha256, snapshotOf } from '../snapshots.ts'
import { hostileFolders } from './configuration.ts'
import { link } from './directories.ts'
import { failing, refusalOf, shown, type HostileInput } from './input.ts'

const good = {
  host: 'login1.example.org',
  user: 'guildhall',
  key: { secret: 'key' },
  hostKey: `SHA256:${'a'.repeat(43)}`,
}

const badOptions: readonly JsonObject[] = [
  ...['-oProxyCommand=touch canary', 'a b', 'a;b', '$(id)', 'a\nb', '', '.a', 'a/b', 'user@host', 'a'.repeat(254)].map(
    (host) => ({ host }),
  ),
  ...['root;id', '-l', 'A', '', 'a b', 'a\n'].map((user) => ({ user })),
  ...[0, 65536, 1.5, '22'].map((port) => ({ port })),
  ...['MD5:aa', 'SHA256:short', `SHA256:${'a'.repeat(44)}`, ''].map((hostKey) => ({ hostKey })),
  ...['-----BEGIN OPENSSH PRIVATE KEY-----', { secret: '../x' }, {}, null].map((key) => ({ key })),
]

function hostileOptions(): HostileInput[] {
  return badOptions.map((bad) =>
    failing(`the option ${shown(JSON.stringify(bad))}`, 'DESTINATION_OPTIONS_INVALID', ({ root }) =>
      destinationType.create({ ...good, ...bad }, destinationEnvironment({ out: root, secret: makeKey })),
    ),
  )
}

/** A real SSH server whose key is not the pinned one. */
function otherHost(): HostileInput {
  return {
    name: 'a host that has another key than the pinned one',
    refused: [{ code: 'DELIVERY_REFUSED' }],
    async prepare({ root }) {
      const server = new ssh2.Server({ hostKeys: [await makeKey()] }, (client) => client.on('error', () => undefined))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      const key = await makeKey()
      const options = { ...good, host: '127.0.0.1', port }
      const destination = destinationType.create(
        options,
        destinationEnvironment({ out: root, secret: async () => key }),
      )
      return async () => {
        const refusal = await refusalOf(async () =>
          destination.deliver(snapshotOf({ generation: 1, files: { a: 'x' } }), contextOf()),
        )
        server.close()
        return refusal
      }
    },
  }
}

const hash = sha256('')
const header = 'a malformed header'
const unsafe = 'a file with an unsafe name or size'
const deliver = `guildhall 1\ndeliver hpc passwd 1 ${hash}`

const requests: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'not the protocol guildhall 1'],
  ['another protocol', 'guildhall 2\ncheck\n', 'not the protocol guildhall 1'],
  ['an unknown request', 'guildhall 1\nrun id\n', 'an unknown request'],
  ['a command as the request', 'guildhall 1\n$(touch ../canary)\n', 'an unknown request'],
  ['a command behind the request', 'guildhall 1\ncheck;touch ../canary\n', 'an unknown request'],
  ['a command as the facility', `guildhall 1\ndeliver $(touch\t../canary) passwd 1 ${hash} 0\nend\n`, header],
  ['a command as the service', `guildhall 1\ndeliver hpc \`touch\t../canary\` 1 ${hash} 0\nend\n`, header],
  ['a service that leaves the folder', `guildhall 1\ndeliver hpc ../x 1 ${hash} 0\nend\n`, header],
  ['a hidden service', `guildhall 1\ndeliver hpc .guildhall 1 ${hash} 0\nend\n`, header],
  ['a service as an option', `guildhall 1\ndeliver hpc -rf 1 ${hash} 0\nend\n`, header],
  ['a look at a service outside', 'guildhall 1\nobserve ../elsewhere\n', header],
  ['a generation that is no number', `guildhall 1\ndeliver hpc passwd 1a ${hash} 0\nend\n`, header],
  ['a command as the generation', `guildhall 1\ndeliver hpc passwd a[$(touch\t../canary)] ${hash} 0\nend\n`, header],
  ['a generation too large', `guildhall 1\ndeliver hpc passwd 99999999999999999999 ${hash} 0\nend\n`, header],
  ['a short hash', 'guildhall 1\ndeliver hpc passwd 1 abc 0\nend\n', header],
  ['no count', `${deliver}\nend\n`, header],
  ['a negative size', `${deliver} 1\nfile -1 ${hash} a\nend\n`, unsafe],
  ['a file twice', `${deliver} 2\nfile 0 ${hash} a\nfile 0 ${hash} a\nend\n`, 'a file twice'],
  ['a file of two lines', `${deliver} 1\nfile 0 ${hash} a\nb\nend\n`, 'the delivery ends early'],
  ['no end', `${deliver} 1\nfile 0 ${hash} a\n`, 'the delivery ends early'],
  ['a list that ends early', `${deliver} 2\nfile 0 ${hash} a\n`, 'the list of files ends early'],
  ['another content', `${deliver} 1\nfile 1 ${hash} a\nxend\n`, 'a file is not what was announced'],
]

/** What is sent as one line: `sh` reads no NUL, so that such a name arrives as the plain one without it. */
const sentNames = fileNames.filter((name) => !/[\n\u0000]/.test(name))

function hostileRequests(): HostileInput[] {
  const names = sentNames.map(
    (name) => [`the file ${shown(name)}`, `${deliver} 1\nfile 0 ${hash} ${name}\nend\n`, unsafe] as const,
  )
  return [...requests, ...names].map(([name, text, answer]) => ({
    name: `receiver: ${name}`,
    refused: [{ code: `refused ${answer}\n` }],
    prepare:
      async ({ root, target }) =>
      async () => [{ code: await sayToReceiver(target, text, root) }],
  }))
}

const words = ['../other', '/etc', 'a b', '', 'a;id', '$(touch canary)', 'a\nb', '-rf']
const links = ['passwd', 'passwd/keys', 'passwd/.guildhall', 'passwd/.guildhall/lock']

function hostileSnapshots(): HostileInput[] {
  return [
    ...words.flatMap((word) =>
      (['facility', 'service'] as const).map((what) =>
        failing(`the ${what} ${shown(word)}`, 'DELIVERY_REFUSED', async ({ target }) =>
          receiverDestination(async () => startReceiver(target)).deliver(
            snapshotOf({ generation: 1, files: { a: '' }, [what]: word }),
            contextOf(),
          ),
        ),
      ),
    ),
    ...fileNames.map((name) =>
      failing(`the file ${shown(name)}`, 'DELIVERY_REFUSED', async ({ target }) =>
        receiverDestination(async () => startReceiver(target)).deliver(
          snapshotOf({ generation: 1, files: { [name]: '' } }),
          contextOf(),
        ),
      ),
    ),
    ...links.map((place) =>
      link('receiver', place, ({ target }) => receiverDestination(async () => startReceiver(target))),
    ),
  ]
}

/** Everything that goes to a host over SSH, or comes from it. */
export function sshInputs(): HostileInput[] {
  return [...hostileFolders('ssh'), ...hostileOptions(), otherHost(), ...hostileRequests(), ...hostileSnapshots()]
}
