import type { WebServer } from './https-server.ts'

/** A file at an address that becomes another. */
export interface ChangingFile {
  /** What is there, and what the server says of it; `text/csv` where no type is named. */
  now: { readonly text: string; readonly headers: Readonly<Record<string, string>>; readonly type?: string }
  /** How each request was answered, with how many bytes in it. */
  readonly sent: { readonly status: number; readonly bytes: number }[]
}

/** Has the server give a file, and say that nothing has changed to who asks by its etag or, without one, its date. */
export function serveChanging(server: WebServer, now: ChangingFile['now']): ChangingFile {
  const file: ChangingFile = { now, sent: [] }
  server.answer(({ headers: asked }, response) => {
    const { text, headers, type = 'text/csv' } = file.now
    const { etag, 'last-modified': date } = headers
    const isSame = etag === undefined ? isBoth(asked['if-modified-since'], date) : isBoth(asked['if-none-match'], etag)
    file.sent.push(isSame ? { status: 304, bytes: 0 } : { status: 200, bytes: text.length })
    if (isSame) response.writeHead(304, headers).end()
    else response.writeHead(200, { 'content-type': type, ...headers }).end(text)
  })
  return file
}

/** The statuses of all answers, in order. */
export function statusesOf({ sent }: ChangingFile): number[] {
  return sent.map(({ status }) => status)
}

function isBoth(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other
}
