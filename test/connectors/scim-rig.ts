import type { JsonObject } from '../../core/model/json.ts'
import type { Source, SourceType } from '../../connectors/source.ts'
import { openDoor } from './door.ts'
import type { Door, Way } from './door.ts'
import { withNames } from './json-api-rig.ts'
import { sourceEnvironment } from './read-source.ts'
import type { ScimServer } from './scim-server.ts'
import { freePort } from './server-process.ts'
import type { SilentServer } from './silent-server.ts'
import type { Person, SourceRig } from './source-rig.ts'

const names = { login: 'userName', name: 'displayName', team: 'title' } as const
const wrong = 'of-nobody'

/** A rig whose people are at a real provider, asked through a door that counts who is in. */
export function scimRig(
  type: SourceType,
  server: ScimServer,
  silent: SilentServer,
): { readonly rig: SourceRig; close(): void } {
  const doors: Door[] = []
  let ids: readonly string[] = []
  const own = new URL(server.url)
  const open = async (way: Partial<Way> = {}, token = server.token): Promise<Source> => {
    const door = await openDoor(() => ({ port: Number(own.port), ...way }))
    doors.push(door)
    const options: JsonObject = { url: `http://127.0.0.1:${door.port}${own.pathname}`, token: { secret: 'token' } }
    const environment = sourceEnvironment({ allowedPrivate: ['127.0.0.1'], secret: async () => token })
    return withNames(type.create(options, environment), names)
  }
  const load = async (people: readonly Person[]): Promise<void> => {
    await server.drop('/Users', ids)
    ids = await server.load('/Users', people.map(userOf))
  }
  const rig: SourceRig = {
    // It refuses a request that is not in UTF-8.
    holds: ['nul', 'too-long'],
    secrets: [server.token, wrong],
    async serve(people) {
      await load(people)
      return open()
    },
    async serveBroken(people) {
      await load(people)
      return open({ seen: upTo(people.length * bytesOfHalfAUser) })
    },
    unreachable: async () => open({ port: await freePort() }),
    stuck: async () => open({ port: silent.port }),
    refused: async () => open({}, wrong),
    open: async () => doors.reduce((sum, { inside }) => sum + inside(), 0),
    selectTeam: (team) => `title eq "${team}"`,
  }
  return { rig, close: () => doors.forEach(({ stop }) => stop()) }
}

const bytesOfHalfAUser = 200

function upTo(most: number): (answered: Buffer) => Buffer | undefined {
  let answered = 0
  return (bytes) => {
    answered += bytes.length
    return answered > most ? undefined : bytes
  }
}

function userOf({ login, name, team }: Person): object {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: String(login),
    displayName: String(name),
    title: String(team),
  }
}
