import type { Guard } from '../../../schemas/generated/config.ts'
import type { Finding } from '../../model/finding.ts'
import { warningAt, type Catalog, type Entry } from '../catalog.ts'
import { limitsOfInstance, strictest, withGuard, type Limits } from '../guard.ts'

/** Warns where a VO, group, service or source would loosen the guard above it; the stricter limit holds all the same. */
export function stricterGuards(catalog: Catalog): Finding[] {
  const instance = catalog.of('Instance')[0]?.document.spec.guard ?? {}
  const ofVo = (name: string): Limits => {
    const general = limitsOfInstance(instance, { vo: name })
    return strictest(general, withGuard(general, catalog.find('VO', name)?.document.spec.guard))
  }
  return [
    ...catalog.of('VO').flatMap((entry) => {
      const above = limitsOfInstance(instance, { vo: entry.document.metadata.name })
      return looserKeys(entry, above, 'the instance')
    }),
    ...catalog.of('Group').flatMap((entry) => {
      const { vo = '' } = entry.document.metadata
      return entry.document.spec.guard === undefined ? [] : looserKeys(entry, ofVo(vo), `VO "${vo}"`)
    }),
    ...catalog.of('Service').flatMap((entry) => looserKeys(entry, limitsOfInstance(instance, {}), 'the instance')),
    ...catalog.of('Source').flatMap((entry) => {
      const above = limitsOfInstance(instance, { source: entry.document.metadata.name })
      return looserKeys(entry, above, 'the instance')
    }),
  ]
}

const limitKeys = ['remove', 'from', 'people', 'add', 'addFrom'] as const satisfies readonly (keyof Guard &
  keyof Limits)[]

function looserKeys(
  entry: Entry<'VO'> | Entry<'Group'> | Entry<'Service'> | Entry<'Source'>,
  above: Limits,
  whose: string,
): Finding[] {
  const { guard } = entry.document.spec
  if (guard === undefined) return []
  const own = withGuard(above, guard)
  return limitKeys.flatMap((key): Finding[] => {
    const value = guard[key]
    if (value === undefined || own[key] <= above[key]) return []
    const unit = key === 'remove' || key === 'add' ? '%' : ''
    const message = `a guard may be stricter, never looser: ${whose} has ${above[key]}${unit}, which holds instead of ${value}`
    return [warningAt(entry, { code: 'value-invalid', message, path: ['spec', 'guard', key] })]
  })
}
