import { createHttpsReader } from '../../../connectors/https/reader.ts'
import type { HttpsReader, HttpsRequest } from '../../../connectors/https/reader.ts'
import type { HttpsSettings } from '../../../connectors/https/settings.ts'
import { makeCertificates } from '../certificates.ts'
import type { Certificates } from '../certificates.ts'
import { startWebServer } from '../https-server.ts'
import type { WebServer } from '../https-server.ts'

export const csv = { 'content-type': 'text/csv; charset=utf-8' }

type Asked = Partial<HttpsRequest> & { readonly by?: HttpsReader }

/** A server, and readers that believe its authority. */
export interface ReaderRig {
  readonly certificates: Certificates
  readonly server: WebServer
  reader(settings?: Partial<HttpsSettings>): HttpsReader
  /** The whole text, or nothing where nothing has changed. */
  read(asked?: Asked): Promise<string | undefined>
  /** What a read fails with. */
  failure(asked?: Asked): Promise<unknown>
  stop(): Promise<void>
}

export async function startReaderRig(): Promise<ReaderRig> {
  const certificates = await makeCertificates()
  const server = await startWebServer(() => undefined, { pair: certificates.server })
  const open: HttpsReader[] = []
  const reader = (settings: Partial<HttpsSettings> = {}): HttpsReader => {
    const made = createHttpsReader({ allowedPrivate: ['127.0.0.1'], ca: certificates.ca, ...settings })
    open.push(made)
    return made
  }
  const read = async ({ by = reader(), ...request }: Asked = {}): Promise<string | undefined> => {
    const { signal } = new AbortController()
    const url = `https://127.0.0.1:${server.port}/people.csv?token=hunter2`
    const answer = await by.read({ url, accept: ['text/csv'], signal, ...request })
    if (answer.kind === 'unchanged') return undefined
    const pieces: Uint8Array[] = []
    for await (const piece of answer.pieces) pieces.push(piece)
    return Buffer.concat(pieces).toString('utf8')
  }
  return {
    certificates,
    server,
    reader,
    read,
    failure: (asked) => read(asked).catch((error: unknown) => error),
    stop: async () => {
      for (const made of open) made.close()
      await server.stop()
    },
  }
}
