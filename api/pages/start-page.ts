import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from '../dependencies.ts'
import { refuseForeignHosts } from '../routes/read.ts'
import { renderStartPage } from './render-start-page.ts'

const style = readFileSync(new URL('./start.css', import.meta.url), 'utf8')
const styleHash = createHash('sha256').update(style).digest('base64')
const runsShown = 5

/** The page at `/`: what runs here and how it stands; for this machine. */
export function addStartPage(app: FastifyInstance, { reads, links, now }: ApiDependencies): void {
  refuseForeignHosts(app)
  app.get('/', { schema: { hide: true } }, async (_, reply) => {
    const [status, overview, runs] = await Promise.all([reads.status(), reads.overview(), reads.runs(runsShown)])
    const page = renderStartPage({ status, overview, runs, links, style, at: now() })
    return reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
      .header('referrer-policy', 'no-referrer')
      .send(page)
  })
}
