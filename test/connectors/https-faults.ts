import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { clearInterval, setInterval } from 'node:timers'
import { httpsDestination } from '../../connectors/destinations/https/index.ts'
import type { Destination } from '../../connectors/destination.ts'
import type { Certificates } from './certificates.ts'
import type { Fault, Faulty, FaultWords } from './destination-faults.ts'
import { destinationEnvironment } from './destination-rig.ts'
import { openDoor } from './door.ts'
import type { Way } from './door.ts'
import { answerJson } from './https-server.ts'
import { startSilentServer } from './silent-server.ts'

/** What an https destination says of each fault. */
export const httpsFaultWords: Required<FaultWords> = {
  'says nothing, from the start': /: no answer within 0\.3 s$/,
  'takes everything and says nothing': /: no answer within 0\.3 s$/,
  'hangs up at once': /: the connection was closed before/,
  'hangs up in the middle of what it is sent': /: the connection was closed before/,
  'hangs up in the middle of its answer': /: the connection was closed before/,
  'takes one byte at a time': /: no answer within 0\.3 s$/,
  'answers one byte at a time, from the start': /: no answer within 0\.3 s$/,
  'answers one byte at a time, in the middle': /came too slowly|no answer within/,
  'never ends its answer': /: its answer is longer than 100,000 bytes$/,
  'answers in another protocol': /: its answer is not HTTP/,
  'says that it is broken': /: it answers 500: \{"error":"broken for Bearer … and …"\}$/,
  'does not let us in': /: it answers 401: \{"error":"broken for Bearer … and …"\}$/,
  'has no room': /: it answers 507: \{"error":"no space left"\}$/,
  'sends us to an address inside': /it answers 307 and sends us to "127\.0\.0\.1:\d+", and redirects are not followed/,
  'says that it has something else':
    /: it says that it installed \{"generation":9,"hash":"ab"\}, which is not what was sent$/,
}

/** What ends by nothing but a limit. */
const endless: readonly Fault[] = [
  'says nothing, from the start',
  'takes everything and says nothing',
  'takes one byte at a time',
  'answers one byte at a time, from the start',
  'answers one byte at a time, in the middle',
]
const token = 'hunter2-token'
const signing = 'hunter2-signing'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Starts an https server that has one fault, until it is healed. */
export async function openFaultyHttps(fault: Fault, { ca, server: pair }: Certificates): Promise<Faulty> {
  let answer: Answer = answers[fault] ?? answerRight
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) =>
    answer(request, response),
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const silent = await startSilentServer()
  let way: Way = { port, ...waysFor(fault, silent.port) }
  const door = await openDoor(() => way)
  const reach = (tuning: Parameters<typeof httpsDestination>[2]): Destination =>
    httpsDestination(
      {
        ...{ url: `https://localhost:${door.port}/?key=hunter2-key`, ca: 'ca.pem' },
        ...{ token: { secret: token }, sign: { hmac: { secret: signing } } },
      },
      destinationEnvironment({
        allowedPrivate: ['127.0.0.1', '::1'],
        configFile: async () => Buffer.from(ca),
        secret: async (name) => name,
      }),
      tuning,
    )
  const idle = endless.includes(fault) ? { idleMs: 300 } : {}
  return {
    destination: reach({ limits: { bytes: 100_000, ...idle } }),
    patient: reach({}),
    open: door.inside,
    heal: () => {
      answer = answerRight
      way = { port }
    },
    secrets: [token, signing, 'hunter2-key'],
    stop: async () => {
      door.stop()
      silent.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function waysFor(fault: Fault, silentPort: number): Partial<Way> {
  if (fault === 'says nothing, from the start') return { port: silentPort }
  if (fault === 'hangs up at once') return { cutAfter: 0 }
  return fault === 'hangs up in the middle of what it is sent' ? { cutAfter: 1_000_000 } : {}
}

const answers: Readonly<Partial<Record<Fault, Answer>>> = {
  'takes everything and says nothing': (request) => void request.resume(),
  'hangs up in the middle of its answer': afterwards((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
    response.write('{"generation": 3,', () => response.destroy())
  }),
  'takes one byte at a time': (request) => everyMoment(request, () => void request.read(1)),
  'answers one byte at a time, from the start': afterwards((request) => {
    request.socket.write('HTTP/1.1 200 OK\r\nX-Slow: ')
    everyMoment(request, () => request.socket.write('a'))
  }),
  'answers one byte at a time, in the middle': afterwards((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000_000 })
    everyMoment(request, () => response.write(' '))
  }),
  'never ends its answer': afterwards((_request, response) => {
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(20_000, ' '), more)
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    more()
  }),
  'answers in another protocol': afterwards((request) => void request.socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
  'says that it is broken': afterwards((request, response) => answerEcho(request, response, 500)),
  'does not let us in': afterwards((request, response) => answerEcho(request, response, 401)),
  'has no room': afterwards((_request, response) => answerJson(response, { error: 'no space left' }, 507)),
  'sends us to an address inside': afterwards(({ socket }, response) =>
    response.writeHead(307, { location: `https://127.0.0.1:${socket.localPort ?? 0}/inside` }).end(),
  ),
  'says that it has something else': afterwards((_request, response) =>
    answerJson(response, { generation: 9, hash: 'ab' }),
  ),
}

const answerRight = afterwards(({ headers }, response) =>
  answerJson(response, { generation: Number(headers['guildhall-generation']), hash: headers['guildhall-hash'] }),
)

/** Says what it was told, and what it knows. */
function answerEcho({ headers }: IncomingMessage, response: ServerResponse, status: number): void {
  answerJson(response, { error: `broken for ${headers.authorization ?? ''} and ${signing}` }, status)
}

/** Answers once the whole request is there. */
function afterwards(answer: Answer): Answer {
  return (request, response) => void request.resume().on('end', () => answer(request, response))
}

function everyMoment(request: IncomingMessage, act: () => void): void {
  const timer = setInterval(act, 20)
  request.socket.on('close', () => clearInterval(timer))
}
