/** A mail as whoever reads it has it. */
export interface ReadMail {
  /** In the order of the wire. */
  readonly headers: readonly string[]
  readonly subject: string
  readonly body: string
}

/** Reads a mail of one text as it came over the wire. */
export function readMail(content: string): ReadMail {
  const end = content.indexOf('\r\n\r\n')
  const lines = content
    .slice(0, end)
    .replaceAll(/\r\n[ \t]/g, ' ')
    .split('\r\n')
  const fields = lines.map((line) => [line.split(':')[0] ?? '', line.replace(/^[^:]*: ?/, '')] as const)
  const valueOf = (name: string) => fields.find(([found]) => found === name)?.[1] ?? ''
  return {
    headers: fields.map(([name]) => name),
    subject: decodeWords(valueOf('Subject')),
    body: decodeBody(content.slice(end + 4), valueOf('Content-Transfer-Encoding')).replaceAll('\r\n', '\n'),
  }
}

function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, way: string, coded: string) =>
      way.toUpperCase() === 'B' ? Buffer.from(coded, 'base64').toString() : quotedPrintable(coded.replaceAll('_', ' ')),
    )
}

function decodeBody(body: string, way: string): string {
  if (way === 'base64') return Buffer.from(body, 'base64').toString()
  return way === 'quoted-printable' ? quotedPrintable(body.replaceAll('=\r\n', '')) : body
}

function quotedPrintable(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
