import type { DeliveryState, StatusAnswer } from '../../core/model/answers.ts'
import { commandLine } from '../command-line.ts'
import { markup, nothing, type Html } from './html.ts'

type Facility = StatusAnswer['facilities'][number]

const rowsShown = 200
const marks: Readonly<Record<DeliveryState, string>> = {
  ...{ delivered: '✓', pending: '…', failing: '✗', held: '!', blocked: '■', paused: '‖' },
}

/** The grid of facilities × services × destinations. */
export function renderGrid(facilities: readonly Facility[], home: string | undefined): Html {
  const rows = facilities.flatMap((facility) => facility.services.map((service) => ({ facility, service })))
  const shown = rows.slice(0, rowsShown).map(
    ({ facility, service }) =>
      markup`<tr>
        <th scope="row">${facility.name}</th>
        <td>${service.name}</td>
        <td>
          ${
            service.destinations.length === 0
              ? markup`<span class="soft">no destination</span>`
              : service.destinations.map(renderDestination)
          }
        </td>
      </tr> `,
  )
  const more = rows.length - shown.length
  return markup`<section aria-labelledby="facilities">
    <h2 id="facilities">Facilities</h2>
    ${rows.length === 0 ? markup`<p>No facility has a service yet.</p>` : table(shown)}${more > 0 ? markup`<p class="soft">and ${more} more: <code>${commandLine('deliveries', home)}</code></p>` : nothing}
  </section> `
}

function table(rows: readonly Html[]): Html {
  return markup`<div class="scroll">
    <table>
      <caption>
        Where each service's files stand: the generation delivered, of the newest one
      </caption>
      <thead>
        <tr>
          <th scope="col">Facility</th>
          <th scope="col">Service</th>
          <th scope="col">Destinations</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function renderDestination({
  name,
  state,
  generation,
  delivered,
}: Facility['services'][number]['destinations'][number]): Html {
  return markup`<div>
    ${name}: <span class="${state}"><span aria-hidden="true">${marks[state]} </span>${state}</span>
    <span class="soft">${delivered ?? '–'} of ${generation ?? '–'}</span>
  </div>`
}
