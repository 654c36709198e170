import { isDeepStrictEqual } from 'node:util'
import { expect } from '@jest/globals'
import { destinationType } from '../../../connectors/destinations/directory/index.ts'
import type { Account, Generator, GeneratorInput } from '../../../connectors/generator.ts'
import { generator as groupGenerator } from '../../../connectors/generators/group/index.ts'
import { generator as jsonGenerator } from '../../../connectors/generators/json/index.ts'
import { generator as passwdGenerator } from '../../../connectors/generators/passwd/index.ts'
import { generator as sshkeysGenerator } from '../../../connectors/generators/sshkeys/index.ts'
import { generator as templateGenerator } from '../../../connectors/generators/template/index.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { fileNames, logins, names } from '../corpus.ts'
import { destinationEnvironment, filesBelow } from '../destination-rig.ts'
import { generate, inputOf, person } from '../generator-input.ts'
import { ed25519, encodeKey, rsaKey } from '../public-keys.ts'
import { contextOf, snapshotOf } from '../snapshots.ts'
import { hostileDirectories } from './directories.ts'
import { hostileFolders } from './configuration.ts'
import { failing, shown, type HostileInput, type HostileWorld, type Refusal } from './input.ts'

const ada = person('ada', account('ada', 10001))

function account(login: JsonValue, uid: JsonValue, others: JsonObject = {}): JsonObject {
  return { 'user.login': login, 'user-facility.uid': uid, 'user.sshKeys': [ed25519], ...others }
}

interface Case {
  readonly generator: Generator
  readonly name: string
  readonly input: GeneratorInput
  /** The same without what is hostile: no other files may come of it. */
  readonly harmless: GeneratorInput
  readonly reasons: readonly unknown[]
}

/** People who are left out of the files that a generator makes and the directory destination writes. */
function leftOut({ generator, name, input, harmless, reasons }: Case): HostileInput {
  return {
    name: `${generator.name}: ${name}`,
    refused: reasons.map((reason) => ({ code: 'left-out', reason })),
    prepare: async (world) => async () => {
      const made = await generate(generator, input)
      await deliver(world, made.files)
      const { files } = await generate(generator, harmless)
      const written = Object.fromEntries(Object.entries(files).map(([path, text]) => [`passwd/${path}`, text]))
      const isAsWithout = isDeepStrictEqual(await filesBelow(world.target), written)
      const refusals: Refusal[] = made.leftOut.map(({ reason }) => ({ code: 'left-out', reason }))
      return isAsWithout ? refusals : [...refusals, { code: 'written' }]
    },
  }
}

async function deliver({ root }: HostileWorld, files: Readonly<Record<string, string>>, service?: string) {
  const destination = destinationType.create({ path: 'target' }, destinationEnvironment({ out: root }))
  const named = service === undefined ? {} : { service }
  await destination.deliver(snapshotOf({ generation: 1, files, ...named }), contextOf())
}

const list = '{% for user in users %}{{ user.attributes["user.displayName"] }}\n{% endfor %}'

/** What each generator reads where these are the people. */
function among(accounts: readonly Account[]): GeneratorInput {
  const groups = [{ attributes: { 'group.unixGroupName': 'telops', 'group.unixGid': 30001 }, members: accounts }]
  return inputOf({ accounts, groups, templates: { list } })
}

function withEve(generator: Generator, name: string, eve: { attributes: JsonObject; reason: unknown }): HostileInput {
  const input = among([ada, person('eve', eve.attributes)])
  return leftOut({ generator, name, input, harmless: among([ada]), reasons: [eve.reason] })
}

const ofLogin = expect.stringMatching(/^user\.login /)

function hostileLogins(): HostileInput[] {
  return [passwdGenerator, groupGenerator, sshkeysGenerator].flatMap((generator) =>
    logins.map(({ why, login }) =>
      withEve(generator, `login, ${why}`, { attributes: account(login, 10009), reason: ofLogin }),
    ),
  )
}

/** The names of the corpus that do not stay on their line; the others are text like any other. */
const breaksLine = new Set([
  'adds a passwd line',
  'carriage return',
  'NUL',
  'right-to-left override',
  'right-to-left mark',
  'isolates',
  'tab',
  'line separator',
  'next line',
  'escape sequence',
  'half a surrogate',
  'byte order mark',
  'zero width space',
  'line of two ends',
  'other half of a surrogate',
  'Arabic letter mark',
  'formula after a tab',
  'formula after a carriage return',
  'another entry of LDIF',
])

function hostileNames(): HostileInput[] {
  const named = (generator: Generator, reason: string, isHostile: (why: string) => boolean): HostileInput[] =>
    names
      .filter(({ why }) => isHostile(why))
      .map(({ why, text }) =>
        withEve(generator, `name, ${why}`, {
          attributes: account('eve', 10009, { 'user.displayName': text }),
          reason,
        }),
      )
  return [
    ...named(
      passwdGenerator,
      'user.displayName holds a colon, a control character or a direction mark',
      (why) => why === 'adds a field' || breaksLine.has(why),
    ),
    ...named(templateGenerator, 'an attribute holds a line break, a control character or a direction mark', (why) =>
      breaksLine.has(why),
    ),
  ]
}

function hostileAccounts(): HostileInput[] {
  const uids = [0, 999, -1, 1.5, 65534, 65535, 2 ** 31, 2 ** 32 - 1, '10009', null]
  const shells = ['bash', '/bin/sh -c id', '/bin/../x', '/bin/sh:x', '/bin/sh\n', '']
  return [
    ...uids.map((uid) =>
      withEve(passwdGenerator, `uid ${JSON.stringify(uid)}`, {
        attributes: account('eve', uid),
        reason: expect.stringContaining('user-facility.uid'),
      }),
    ),
    ...shells.map((shell) =>
      withEve(passwdGenerator, `shell ${JSON.stringify(shell)}`, {
        attributes: account('eve', 10009, { 'user.shell': shell }),
        reason: 'its shell is not an absolute path of plain characters',
      }),
    ),
  ]
}

/** Nobody gets what two people or groups would share. */
function twins(): HostileInput[] {
  const grace = person('grace', account('grace', 10002))
  const twin = (generator: Generator, name: string, other: JsonObject): HostileInput =>
    leftOut({
      ...{ generator, name, harmless: among([grace]) },
      input: among([ada, grace, person('twin', other)]),
      reasons: [expect.stringContaining('is also that of'), expect.stringContaining('is also that of')],
    })
  return [
    twin(passwdGenerator, "another's login", account('ada', 10005)),
    twin(passwdGenerator, "another's uid", account('twin', 10001)),
    twin(sshkeysGenerator, "another's login", account('ada', 10005)),
  ]
}

function hostileGroups(): HostileInput[] {
  const unix = (name: JsonValue, gid: JsonValue) => ({
    attributes: { 'group.unixGroupName': name, 'group.unixGid': gid },
    members: [ada],
  })
  const bad: readonly (readonly [JsonValue, JsonValue])[] = [
    ...['root', 'sudo', 'a:b', 'a\nroot', '../x', '-a', '1234', '', 42].map((name) => [name, 30001] as const),
    ...[0, 27, 65534, '30001', null].map((gid) => ['good', gid] as const),
  ]
  return bad.map(([name, gid]) =>
    leftOut({
      generator: groupGenerator,
      name: `name ${JSON.stringify(name)}, number ${JSON.stringify(gid)}`,
      input: inputOf({ groups: [unix(name, gid)] }),
      harmless: inputOf({}),
      reasons: [expect.stringMatching(/^group astro\/team: /)],
    }),
  )
}

const malformedKeys: readonly (readonly [string, string])[] = [
  ...[
    'command="/bin/sh",no-pty',
    'from="*.example.org"',
    'no-pty',
    'environment="A=\\"b c\\""',
    'command="echo \\"ssh-ed25519 AAAA\\""',
    'cert-authority,principals="root"',
    `command="${ed25519}"`,
  ].map((options) => [`the options ${options.slice(0, 40)}`, `${options} ${ed25519} ada`] as const),
  ['nothing', ''],
  ['a comment line', `# ${ed25519}`],
  ['a word', 'ssh-ed25519'],
  ['another type', encodeKey('ssh-dss', Buffer.alloc(32))],
  ['an unknown type', encodeKey('ssh-unknown', Buffer.alloc(32))],
  ['a type unlike the one inside', ed25519.replace('ssh-ed25519', 'ssh-rsa')],
  ['too short a key', encodeKey('ssh-ed25519', Buffer.alloc(31))],
  ['a weak RSA key', rsaKey(1024)],
  ['bytes behind the key', encodeKey('ssh-ed25519', Buffer.alloc(32), Buffer.alloc(1))],
  ['a cut key', ed25519.slice(0, -8)],
  ['base64 of another spelling', ed25519.replace(/.$/, '-')],
  ['an open quote', `command="x ${ed25519}`],
  ['two lines', `${ed25519}\n${ed25519}`],
  ['a carriage return', `${ed25519}\rx`],
  ['NUL', `${ed25519} \u0000`],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ['a very long line', `${ed25519} ${'x'.repeat(20_000)}`],
]

function hostileKeys(): HostileInput[] {
  return malformedKeys.map(([why, key]) =>
    withEve(sshkeysGenerator, `key, ${why}`, {
      attributes: account('eve', 10009, { 'user.sshKeys': [key] }),
      reason: 'user.sshKeys holds no well-formed public key',
    }),
  )
}

function hostileOptions(): HostileInput[] {
  const options = [
    { homeBase: 'home' },
    { homeBase: '/home/../etc' },
    { homeBase: '/h:x' },
    { defaultShell: 'bash' },
    { defaultShell: '/bin/sh\n' },
  ]
  return options.map((bad) =>
    failing(`passwd: the options ${JSON.stringify(bad)}`, 'GENERATOR_OPTIONS_INVALID', async () =>
      generate(passwdGenerator, inputOf({ accounts: [ada], options: bad })),
    ),
  )
}

/** Names of output files, as a template's, and as what is delivered. */
function hostileFileNames(): HostileInput[] {
  return [
    ...fileNames.map((name) =>
      failing(`template: the file ${shown(name)}`, 'DELIVERY_REFUSED', async () =>
        generate(templateGenerator, inputOf({ templates: { [name]: 'x' } })),
      ),
    ),
    ...fileNames.map((name) =>
      failing(`directory: the file ${shown(name)}`, 'DELIVERY_REFUSED', async (world) =>
        deliver(world, { [name]: 'x' }),
      ),
    ),
    ...['../../canary', '/etc/cron.d/x', 'a b', 'a\nb', '$(id)'].map((service) =>
      failing(`json: the service ${shown(service)}`, 'DELIVERY_REFUSED', async (world) => {
        const { files } = await generate(jsonGenerator, inputOf({ service, accounts: [ada] }))
        await deliver(world, files)
      }),
    ),
    ...['../other', '/etc', 'a b', '', 'a;id'].map((service) =>
      failing(`directory: the service ${shown(service)}`, 'DELIVERY_REFUSED', async (world) =>
        deliver(world, { a: '' }, service),
      ),
    ),
  ]
}

/** Everything that could get into a generated file, or out of the folder it belongs in. */
export function fileInputs(): HostileInput[] {
  return [
    ...hostileFolders('files'),
    ...hostileLogins(),
    ...hostileNames(),
    ...hostileAccounts(),
    ...twins(),
    ...hostileGroups(),
    ...hostileKeys(),
    ...hostileOptions(),
    ...hostileFileNames(),
    ...hostileDirectories(),
  ]
}
