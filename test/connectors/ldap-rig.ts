import type { JsonObject } from '../../core/model/json.ts'
import type { ReadEnd, Source, SourceRecord, SourceType } from '../../connectors/source.ts'
import { openDoor } from './door.ts'
import type { Door } from './door.ts'
import { sourceEnvironment } from './read-source.ts'
import { startSilentServer } from './silent-server.ts'
import type { Slapd } from './slapd.ts'
import type { Person, SourceRig } from './source-rig.ts'

/** What the fields of a person are in the directory, where `name` is another attribute, and only some take any bytes. */
const attributes = { login: 'uid', name: 'audio', team: 'departmentNumber' } as const
const wrong = 'not-the-password'

/** A rig whose people are each time in a unit of their own, asked through a door that counts who is in. */
export function ldapRig(type: SourceType, slapd: Slapd): { readonly rig: SourceRig; close(): void } {
  const doors: Pick<Door, 'inside' | 'stop'>[] = []
  let units = 0
  const open = async (
    port: number,
    options: JsonObject,
    { cutAfter = Infinity, password = slapd.reader.password } = {},
  ) => {
    const door = await openDoor(() => ({ port, cutAfter }))
    doors.push(door)
    const all = {
      url: `ldap://127.0.0.1:${door.port}`,
      ...account(slapd),
      ...options,
      attributes: Object.values(attributes),
    }
    return renamed(type.create(all, sourceEnvironment({ secret: async () => password })))
  }
  const load = async (people: readonly Person[]): Promise<JsonObject> => {
    const base = `ou=served${(units += 1)},${slapd.baseDn}`
    await slapd.load(ldifOf(base, people))
    await slapd.newLog()
    return { baseDn: base }
  }
  const port = Number(new URL(slapd.url).port)
  const rig: SourceRig = {
    holds: ['nul', 'not-utf8', 'too-long'],
    secrets: [slapd.reader.password, wrong],
    serve: async (people) => open(port, await load(people)),
    serveBroken: async (people) => open(port, await load(people), { cutAfter: 600 }),
    unreachable: async () => open(1, {}),
    refused: async () => open(port, {}, { password: wrong }),
    stuck: async () => {
      const silent = await startSilentServer()
      doors.push({ stop: silent.stop, inside: () => 0 })
      return open(silent.port, {})
    },
    given: async () => {
      const counts = [...(await slapd.newLog()).matchAll(/nentries=(\d+)/g)]
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    },
    open: async () => doors.reduce((sum, { inside }) => sum + inside(), 0),
    selectTeam: (team) => `(${attributes.team}=${team})`,
  }
  return { rig, close: () => doors.forEach(({ stop }) => stop()) }
}

function account(slapd: Slapd): JsonObject {
  return { baseDn: slapd.baseDn, bindDn: slapd.reader.dn, password: { secret: 'bind' } }
}

function* ldifOf(base: string, people: readonly Person[]): Generator<string> {
  yield `dn: ${base}\nobjectClass: organizationalUnit\n\n`
  for (const person of people) {
    const values = Object.entries(attributes).map(
      ([field, attribute]) => `${attribute}:: ${Buffer.from(person[field] ?? '').toString('base64')}\n`,
    )
    yield `dn: uid=${String(person['login'])},${base}\nobjectClass: inetOrgPerson\ncn: x\nsn: x\n${values.join('')}\n`
  }
}

function renamed(source: Source): Source {
  const fields = new Map(Object.entries(attributes).map(([field, attribute]) => [attribute as string, field]))
  const rename = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [fields.get(name) ?? name, value]))
  return {
    check: (context) => source.check(context),
    async *subjects(select, context): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
      const pages = source.subjects(select, context)
      try {
        for (;;) {
          const { done, value } = await pages.next()
          if (done === true) return value
          yield value.map(({ fields: own, unreadable }) => ({
            fields: rename(own),
            ...(unreadable && { unreadable: rename(unreadable) }),
          }))
        }
      } finally {
        await pages.return({ complete: false, count: 0 })
      }
    },
  }
}
