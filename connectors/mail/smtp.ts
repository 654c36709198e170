import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import { compose } from './compose.ts'
import type { MailMessage, MailOutcome, MailTransport } from './transport.ts'

const connectMs = 10_000
/** A server may think about a mail before it answers. */
const silenceMs = 60_000

/** How mail goes out. */
export interface SmtpSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  readonly url: string
  readonly from: string
}

/** Builds a transport to an SMTP server; a connection is kept from one mail to the next. */
export function createSmtp({ url, from }: SmtpSettings): MailTransport {
  let open: SMTPConnection | undefined
  const close = (): void => {
    open?.close()
    open = undefined
  }
  return {
    send: async (message, mayEnd) => {
      const content = await compose(message, from)
      const attempt = { isEnding: false, isStopped: false }
      try {
        open ??= await connect(url)
        const reply = await sendOver(open, { from, message, stream: wholeOnlyIf(content, mayEnd, attempt) })
        return { kind: 'sent', reply }
      } catch (error) {
        close()
        return outcomeOf(error, attempt)
      }
    },
    close,
  }
}

interface Attempt {
  isEnding: boolean
  isStopped: boolean
}

function outcomeOf(error: unknown, { isEnding, isStopped }: Attempt): MailOutcome {
  if (isStopped) return { kind: 'stopped' }
  const reply = error instanceof Error ? error.message : String(error)
  const code = replyCode(error)
  if (code !== undefined) return { kind: 'refused', isPermanent: code >= 500, reply }
  return { kind: isEnding ? 'unknown' : 'unsent', reply }
}

function replyCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  return typeof code === 'number' && code >= 400 ? code : undefined
}

/** The content, whose end comes only once somebody has agreed. */
function wholeOnlyIf(content: Buffer, mayEnd: () => Promise<boolean>, attempt: Attempt): Readable {
  const parts = async function* (): AsyncGenerator<Buffer> {
    yield content
    if (!(await mayEnd())) {
      attempt.isStopped = true
      throw new Error('the mail is not wanted any more')
    }
    attempt.isEnding = true
  }
  return Readable.from(parts(), { objectMode: false })
}

async function connect(url: string): Promise<SMTPConnection> {
  const { auth, ...server } = parseConnectionUrl(url)
  const connection = new SMTPConnection({
    ...server,
    ...{ connectionTimeout: connectMs, greetingTimeout: connectMs, socketTimeout: silenceMs },
  })
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the server closed the connection')))
    connection.connect((error) => settle(error, resolve, reject))
  })
  // What goes wrong later is told by the mail it happens to.
  connection.on('error', () => undefined)
  if (auth !== undefined) await login(connection, auth)
  return connection
}

async function login(connection: SMTPConnection, auth: Parameters<SMTPConnection['login']>[0]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection.login(auth, (error) => settle(error, resolve, reject))
  })
}

/** Callbacks of nodemailer get null or an error first. */
function settle(error: Error | null | undefined, resolve: () => void, reject: (error: Error) => void): void {
  if (error instanceof Error) reject(error)
  else resolve()
}

interface Sending {
  readonly from: string
  readonly message: MailMessage
  readonly stream: Readable
}

async function sendOver(connection: SMTPConnection, { from, message, stream }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('the server closed the connection'))
    connection.once('end', lost)
    const envelope = { from: addressOf(from), to: [message.recipient] }
    connection.send(envelope, stream, (error, info) => {
      connection.off('end', lost)
      settle(error, () => resolve(info.response), reject)
    })
  })
}

/** Of `Guildhall <guildhall@example.org>` the address. */
function addressOf(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from
}
