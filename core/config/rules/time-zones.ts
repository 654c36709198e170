import type { Finding } from '../../model/finding.ts'
import { isTimeZone } from '../../lifecycle/zones.ts'
import { errorAt, type Catalog } from '../catalog.ts'

/** The time zones of the instance and of VOs are such as there are. */
export function timeZones(catalog: Catalog): Finding[] {
  return [...catalog.of('Instance'), ...catalog.of('VO')].flatMap((entry): Finding[] => {
    const { timeZone } = entry.document.spec
    if (timeZone === undefined || isTimeZone(timeZone)) return []
    const message = `expected a time zone of the IANA database such as "Europe/Prague", got "${timeZone}"`
    return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'timeZone'] })]
  })
}
