import { admit, type Admission } from '../membership/admit.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { VoWorld } from '../membership/vo-world.ts'
import type { LimitedRoom } from './limited-rooms.ts'
import type { RuleContext } from './rule-inputs.ts'
import type { MemberSet } from './sets.ts'
import type { Worlds } from './worlds.ts'

/** Places as they are left for those whom rules bring in, while it is decided who they are. */
export interface RulePlaces {
  /** Lets people into a group by its rule as long as there are places for them, and counts who comes in. */
  letIn(set: MemberSet, newcomers: readonly PersonIndex[]): Admission<PersonIndex>
}

interface OpenRoom extends LimitedRoom {
  readonly inside: Set<PersonIndex>
  readonly before: ReadonlySet<PersonIndex>
}

/** Opens rooms with those in them whom something else brings in, or what rules have brought in so far. */
export function openPlaces(context: RuleContext, rooms: readonly LimitedRoom[]): RulePlaces {
  const worlds = context.worlds()
  const open = rooms.map((room): OpenRoom => ({
    ...room,
    inside: new Set(room.countedIn(worlds.after)),
    before: new Set(room.countedBefore(worlds.before)),
  }))
  const byName = new Map(open.map((room) => [room.name, room]))
  const joined = new Set<string>()
  return {
    letIn(set, newcomers) {
      const isJoined = (person: PersonIndex): boolean => joined.has(`${set.vo} ${person}`)
      const asked = newcomers.map((person) => {
        const entering = roomsEntered(context, { worlds, open, set, person, isJoined: isJoined(person) })
        // Who is in already keeps the place.
        for (const room of entering) if (room.before.has(person)) room.inside.add(person)
        const rooms = entering.filter(({ before }) => !before.has(person)).map(({ name }) => name)
        return { person, user: context.people.names[person] ?? '', rooms }
      })
      const admission = admit(asked, (room) => placesLeft(byName.get(room)))
      const admitted = new Set(admission.admitted)
      for (const { person, rooms } of asked) {
        if (!admitted.has(person)) continue
        joined.add(`${set.vo} ${person}`)
        for (const room of rooms) byName.get(room)?.inside.add(person)
      }
      return admission
    },
  }
}

function placesLeft(room: OpenRoom | undefined): number {
  return room === undefined ? 0 : room.places - room.inside.size
}

interface Entering {
  readonly worlds: Worlds
  readonly open: readonly OpenRoom[]
  readonly set: MemberSet
  readonly person: PersonIndex
  /** By another rule that was decided before. */
  readonly isJoined: boolean
}

/** The rooms that do not count somebody yet, and would with a row in the group: who becomes a member thereby enters the VO too. */
function roomsEntered(context: RuleContext, { worlds, open, set, person, isJoined }: Entering): OpenRoom[] {
  const part = worlds.after.vo(set.vo)
  const status = part?.statuses.get(person)
  const isShutOut = status === 'DISABLED' && context.endedByPerson(context.vosByWant.get(set.vo)?.have?.name, person)
  if (isShutOut) return []
  const isCounted = isJoined || (status !== undefined && status !== 'DISABLED')
  const group = `${set.vo}/${set.name}`
  return open.filter((room) => {
    if (room.inside.has(person)) return false
    if (room.groups.has(group)) return true
    if (isCounted || part === undefined) return false
    return room.vos.has(set.vo) || (status === 'DISABLED' && hasRowIn(room, part, person))
  })
}

/** Who is brought back counts again wherever they still have a row. */
function hasRowIn({ groups }: LimitedRoom, part: VoWorld, person: PersonIndex): boolean {
  const { vo, graph } = part
  return [...graph.indexOf].some(([name, index]) => {
    if (!groups.has(`${vo.name}/${name}`)) return false
    const { valid, expired } = part.holders(index)
    return valid.includes(person) || expired.includes(person)
  })
}
