import type { JsonObject } from '../core/model/json.ts'
import { chooseFor, readChoices } from './choices.ts'
import type { ResourceView } from './generator.ts'
import { isPlainPath } from './plain-paths.ts'

/** By which a resource chooses where the home directories of its people lie. */
export const mountPointAttribute = 'resource.fsHomeMountPoint'

/** How a resource chooses its mount point among those of the options (`mountPoints`, by default `/home`). */
export function mountPointsOf(
  options: JsonObject,
  generator: string,
): (resource: ResourceView) => { readonly chosen: string } | { readonly reason: string } {
  const examples = ['/home']
  const choices = readChoices(options, {
    ...{ generator, option: 'mountPoints', isOne: isPlainPath, examples, fallback: examples },
  })
  return (resource) => chooseFor(resource, mountPointAttribute, choices)
}
