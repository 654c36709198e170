import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { destinationType } from '../../../connectors/destinations/directory/index.ts'
import type { Destination } from '../../../connectors/destination.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { destinationEnvironment } from '../destination-rig.ts'
import { contextOf, snapshotOf } from '../snapshots.ts'
import { failing, refusalOf, type HostileInput, type HostileWorld } from './input.ts'

function directory({ root }: HostileWorld, path: JsonValue): Destination {
  return destinationType.create({ path }, destinationEnvironment({ out: root }))
}

/** A symbolic link in a target that leads out of it, where a delivery would go through. */
export function link(name: string, place: string, open: (world: HostileWorld) => Destination): HostileInput {
  return {
    name: `${name}: a symbolic link at ${place}`,
    refused: [{ code: 'DELIVERY_REFUSED' }],
    async prepare(world) {
      const path = join(world.target, place)
      await mkdir(dirname(path), { recursive: true })
      await symlink(join(world.root, 'elsewhere'), path)
      const snapshot = snapshotOf({ generation: 1, files: { 'keys/ada': 'x', precious: 'x' } })
      return async () => refusalOf(async () => open(world).deliver(snapshot, contextOf()))
    },
  }
}

const paths = ['', '.', '..', '/abs', 'a/../b', '../x', 'a//b', 'a b', '-x', '.guildhall', 42, null]
const links = ['target', 'target/passwd', 'target/passwd/keys', 'target/passwd/.guildhall']

/** Where a directory destination must not write. */
export function hostileDirectories(): HostileInput[] {
  return [
    ...paths.map((path) =>
      failing(`directory: the path ${JSON.stringify(path)}`, 'DESTINATION_OPTIONS_INVALID', async (world) =>
        directory(world, path),
      ),
    ),
    ...links.map((place) => link('directory', place, (world) => directory(world, 'target/target'))),
  ]
}
