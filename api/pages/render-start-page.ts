import type { OverviewAnswer, StatusAnswer } from '../../core/model/answers.ts'
import { commandLine, quoted } from '../command-line.ts'
import type { Links, Run } from '../dependencies.ts'
import { renderGrid } from './grid.ts'
import { Html, markup, link, nothing } from './html.ts'

export interface StartPage {
  readonly status: StatusAnswer
  readonly overview: OverviewAnswer
  readonly runs: readonly Run[]
  readonly links: Links
  readonly style: string
  readonly at: Date
}

const errorsShown = 20

/** Renders the page that greets whoever opens the address of a running system. */
export function renderStartPage(page: StartPage): string {
  const { instance } = page.overview
  const title = instance === null ? 'Guildhall' : (instance.title ?? instance.name)
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Guildhall</title>
        <style>${new Html(page.style)}</style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="soft">
            This is Guildhall. It reads who belongs where from a git repository, and keeps the facilities' account files
            as that repository says.
          </p>
        </header>
        <main>
          ${commits(page)}${holds(page)}${errors(page)}${vos(page.overview)}${renderGrid(page.status.facilities, page.links.home)}${runs(page.runs)}${nextSteps(page)}
        </main>
        <footer>
          <p>${places(page.links)}</p>
          <p>As of ${minute(page.at)}. Only this machine can open this page: there is no sign-in yet.</p>
        </footer>
      </body>
    </html>
`.text
}

function commits({ status: { head, applied } }: StartPage): Html {
  if (head === null) {
    return markup`<p class="card">
      <strong>No commit has been looked at yet.</strong> The first one is on its way; reload this page in a moment.
    </p>`
  }
  const scopes = Object.entries(applied)
  const behind = scopes.filter(([, commit]) => commit !== head)
  const word = scopes.length > 0 && behind.length === 0 ? 'in force everywhere' : 'not in force everywhere'
  const rest = behind.map(([scope, commit]) => markup`<li>${scope} is still at <code>${short(commit)}</code></li>`)
  return markup`<section class="card" aria-label="Commit">
    <p>Newest commit <code>${short(head)}</code>: ${word}.</p>
    ${
      rest.length === 0
        ? nothing
        : markup`<ul>
            ${rest}
          </ul>`
    }
  </section> `
}

function holds({ status: { holds: list }, links: { home } }: StartPage): Html {
  if (list.length === 0) return nothing
  const cards = list.map(
    ({ scope, digest, since, reasons, change }) =>
      markup`<article class="card held">
        <p><strong>${scope}</strong> ${change === undefined ? nothing : markup`only ${change.what} of ${change.people} by ${change.by} `}<span class="soft">since ${minute(new Date(since))}</span></p>
        <ul>
          ${reasons.map(({ message }) => markup`<li>${message}</li>`)}
        </ul>
        <p>To let it through:</p>
        <pre><code>${commandLine(`approve ${digest} --reason "…"`, home)}</code></pre>
      </article> `,
  )
  return markup`<section aria-labelledby="holds">
    <h2 id="holds">Held</h2>
    <p>These changes would take much away at once. They wait for somebody's word; everything else goes on.</p>
    ${cards}
  </section> `
}

function errors({ status: { errors: list }, links: { home } }: StartPage): Html {
  if (list.length === 0) return nothing
  const items = list.slice(0, errorsShown).map(
    ({ severity, code, file, line, message }) =>
      markup`<li>
          <span class="${severity}">${severity}</span>
          ${file === null ? nothing : markup`<code>${file}:${line ?? 1}</code> `}${message}
          <span class="soft">(${code})</span>
        </li>`,
  )
  const more = list.length - items.length
  return markup`<section aria-labelledby="errors">
    <h2 id="errors">To mend in the repository</h2>
    <ul>
      ${items}
    </ul>
    ${more > 0 ? markup`<p class="soft">and ${more} more: <code>${commandLine('status', home)}</code></p>` : nothing}
  </section> `
}

function vos({ vos: list }: OverviewAnswer): Html {
  const rows = list.map(
    ({ name, title, valid, others, groups, resources }) =>
      markup`<tr>
        <th scope="row">${name}${title === null ? nothing : markup` <span class="soft">${title}</span>`}</th>
        <td class="number">${valid}</td>
        <td class="number">${others}</td>
        <td class="number">${groups}</td>
        <td class="number">${resources}</td>
      </tr> `,
  )
  const table = markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">VO</th>
          <th scope="col" class="number">Valid members</th>
          <th scope="col" class="number">Other members</th>
          <th scope="col" class="number">Groups</th>
          <th scope="col" class="number">Resources</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
  return markup`<section aria-labelledby="vos">
    <h2 id="vos">Virtual organisations</h2>
    ${list.length === 0 ? markup`<p>There is none yet. Add a document of kind VO to the repository and commit it.</p>` : table}
  </section> `
}

function runs(list: readonly Run[]): Html {
  if (list.length === 0) return nothing
  const rows = list.map(
    ({ commit, startedAt, outcome }) =>
      markup`<tr>
        <th scope="row"><code>${short(commit)}</code></th>
        <td>${minute(startedAt)}</td>
        <td>${outcome ?? 'running'}</td>
      </tr> `,
  )
  return markup`<section aria-labelledby="runs">
    <h2 id="runs">Last runs</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Commit</th>
            <th scope="col">Planned at</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `
}

function nextSteps({ links: { configRepo, home } }: StartPage): Html {
  return markup`<section aria-labelledby="try">
    <h2 id="try">Try</h2>
    <p>Edit a line of YAML in the repository and commit it. Then, in the folder of Guildhall itself:</p>
    <pre><code>${isFolder(configRepo) ? markup`git -C ${quoted(configRepo)} commit -am "Welcome somebody"\n` : nothing}${commandLine('apply', home)}   # or wait: it is found by itself
${commandLine('status', home)}</code></pre>
  </section> `
}

function isFolder(repo: string | undefined): repo is string {
  return repo?.startsWith('/') === true
}

function places({ temporalUi }: Links): Html {
  const ui = temporalUi === undefined ? nothing : markup`${link(temporalUi, 'Workflows in the Temporal UI')} · `
  return markup`${ui}${link('/api/v1/openapi.json', 'JSON API')} · ${link('/metrics', 'Metrics')} ·
  ${link('/readyz', 'Readiness')}`
}

function minute(at: Date): Html {
  const iso = at.toISOString()
  return markup`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
