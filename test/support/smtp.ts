import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail that the server took, as it came over the wire. */
interface TakenMail {
  readonly recipient: string
  readonly content: string
  readonly messageId: string
}

/** What the server does with a mail instead of taking it. */
type Mischief = 'refuse' | 'refuse-for-now' | 'refuse-recipient' | 'lose-before-reply' | 'never-answer'

/** A real SMTP server on this machine. */
export interface TestSmtp {
  readonly url: string
  readonly taken: readonly TakenMail[]
  /** What happens to the next mails, one each. */
  readonly mischief: Mischief[]
  /** Lets go of the connections; the server goes on. */
  drop(): void
  close(): Promise<void>
}

/** Starts a server that keeps what it takes; with a user, only those who sign in may send. */
export async function startSmtp(user?: { readonly name: string; readonly password: string }): Promise<TestSmtp> {
  const taken: TakenMail[] = []
  const mischief: Mischief[] = []
  const options: SMTPServerOptions = {
    ...{ disabledCommands: user === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'], logger: false },
    allowInsecureAuth: true,
    authOptional: user === undefined,
    onAuth: ({ username = '', password }, _session, done) => {
      if (username === user?.name && password === user.password) done(null, { user: username })
      else done(new Error('535 no'))
    },
    onRcptTo: (_address, _session, done) => {
      if (mischief[0] !== 'refuse-recipient') {
        done()
        return
      }
      mischief.shift()
      done(reply(550, 'no such mailbox'))
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const act = mischief.shift()
        if (act === 'refuse') {
          done(reply(554, 'not this one'))
          return
        }
        if (act === 'refuse-for-now') {
          done(reply(451, 'later, please'))
          return
        }
        const content = Buffer.concat(parts).toString('utf8')
        const messageId = /^Message-ID:\s+<([^>]+)>/im.exec(content)?.[1] ?? ''
        for (const { address } of session.envelope.rcptTo) taken.push({ recipient: address, content, messageId })
        if (act === 'never-answer') return undefined
        if (act === 'lose-before-reply') {
          drop()
          return
        }
        done()
      })
    },
  }
  const server = new SMTPServer(options)
  server.on('error', () => undefined)
  const drop = (): void => {
    for (const connection of connectionsOf(server)) connection.close()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const account = user === undefined ? '' : `${user.name}:${user.password}@`
  return {
    ...{ url: `smtp://${account}127.0.0.1:${port}`, taken, mischief, drop },
    close: async () => {
      drop()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function reply(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code })
}

interface Closable {
  close(): void
}

function connectionsOf(server: SMTPServer): Iterable<Closable> {
  const connections: unknown = Reflect.get(server, 'connections')
  return connections instanceof Set ? [...(connections as Set<Closable>)] : []
}
