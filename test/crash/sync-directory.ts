import { isAlive } from '../../worker/embedded/processes.ts'
import { startSlapd, type Slapd } from '../connectors/slapd.ts'

const people = Array.from({ length: 1_200 }, (_, index) => index)
const groupCount = 20

/** A directory of 1,200 people in 20 groups, whose server is started again whenever it dies. */
export interface Directory {
  readonly slapd: Slapd
  /** How often it was started again. */
  restarts(): number
  /** What a day brings: people come, leave, get another name, and go from one group to another. Each day, from 1 on, is about others. */
  passDay(day: number): Promise<void>
  /** One of the groups gets another name, and keeps its people; one in which nobody is goes. */
  changeGroups(): Promise<void>
  remove(): Promise<void>
}

const uidOf = (index: number): string => `p${String(index).padStart(4, '0')}`
const dnOf = (index: number): string => `uid=${uidOf(index)},ou=people,dc=example,dc=org`
const groupDn = (group: number): string => `cn=t${group % groupCount},ou=groups,dc=example,dc=org`
const groupsOf = (index: number): readonly number[] => [index % groupCount, (index * 7 + 3) % groupCount]

/** Starts it, with everybody in it. */
export async function startDirectory(): Promise<Directory> {
  const slapd = await startSlapd()
  await slapd.load(everything())
  const state = { restarts: 0, isStopping: false }
  const keepRunning = async (): Promise<void> => {
    while (!state.isStopping) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      if (isAlive(slapd.pid)) continue
      await slapd.start()
      state.restarts += 1
    }
  }
  const kept = keepRunning()
  return {
    slapd,
    restarts: () => state.restarts,
    passDay: async (day) => slapd.change(changesOf(day)),
    changeGroups: async () =>
      slapd.change(
        `dn: ${groupDn(groupCount - 1)}\nchangetype: modrdn\nnewrdn: cn=orbits\ndeleteoldrdn: 1\n\ndn: ${emptyGroupDn}\nchangetype: delete\n`,
      ),
    remove: async () => {
      state.isStopping = true
      await kept
      await slapd.remove()
    },
  }
}

function* everything(): Generator<string> {
  for (const unit of ['people', 'groups']) yield `dn: ou=${unit},dc=example,dc=org\nobjectClass: organizationalUnit\n\n`
  for (const index of people) yield personLdif(index)
  for (let group = 0; group < groupCount; group += 1) {
    const members = people.filter((index) => groupsOf(index).includes(group)).map((index) => `member: ${dnOf(index)}\n`)
    yield `dn: ${groupDn(group)}\nobjectClass: groupOfNames\n${members.join('')}\n`
  }
  yield `dn: ${emptyGroupDn}\nobjectClass: groupOfNames\nmember: cn=nobody\n\n`
}

const emptyGroupDn = 'cn=empty,ou=groups,dc=example,dc=org'

function personLdif(index: number, change = ''): string {
  const uid = uidOf(index)
  return `dn: ${dnOf(index)}\n${change}objectClass: inetOrgPerson\ncn: Person ${uid}\nsn: ${uid}\nmail: ${uid}@example.org\n\n`
}

function changesOf(day: number): string {
  const first = (day - 1) * 10
  const few = (from: number): readonly number[] => [from, from + 1, from + 2]
  const coming = few(people.length + first).map(
    (index) => personLdif(index, 'changetype: add\n') + memberLdif('add', day, index),
  )
  const leaving = few(first).map((index) => `dn: ${dnOf(index)}\nchangetype: delete\n\n`)
  const renamed = few(first + 3).map(
    (index) => `dn: ${dnOf(index)}\nchangetype: modify\nreplace: cn\ncn: Somebody ${index}\n\n`,
  )
  const moving = few(first + 6).map((index) => {
    const [from = 0] = groupsOf(index)
    return memberLdif('delete', from, index) + memberLdif('add', from + groupCount / 2, index)
  })
  return [...coming, ...leaving, ...renamed, ...moving].join('')
}

function memberLdif(how: 'add' | 'delete', group: number, index: number): string {
  return `dn: ${groupDn(group)}\nchangetype: modify\n${how}: member\nmember: ${dnOf(index)}\n\n`
}
