import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { BerReader } from 'ldapts'

/** What a client asked: the bytes of a request, and what is answered to. */
export interface LdapRequest {
  readonly id: number
  /** The tag of the operation: 0x60 to bind, 0x63 to search, 0x77 for StartTLS. */
  readonly operation: number
  readonly bytes: Buffer
}

/** What is answered; 'end' closes the connection after what was said before, and what trickles comes byte by byte. */
export type Piece = Buffer | 'end' | { readonly trickling: Buffer }

type Script = (request: LdapRequest, searches: number) => readonly Piece[]

export interface ScriptedLdap {
  readonly port: number
  /** Answers by another script from now on, and forgets what was asked. */
  answer(script: Script): void
  /** What was asked since, in order. */
  asked(): readonly LdapRequest[]
  stop(): void
}

/** A directory that says whatever a test has it say, well-formed or not; it binds anybody. */
export async function startScriptedLdap(): Promise<ScriptedLdap> {
  let script: Script = () => []
  let asked: LdapRequest[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.on('data', (bytes) => {
      const request = readRequest(bytes)
      asked.push(request)
      const searches = asked.filter(({ operation }) => operation === search).length
      for (const piece of script(request, searches)) {
        if (piece === 'end') socket.end()
        else if ('trickling' in piece) trickle(socket, piece.trickling)
        else socket.write(piece)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    answer(next) {
      script = next
      asked = []
    },
    asked: () => asked,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function trickle(socket: Socket, bytes: Buffer): void {
  const [first, rest] = [bytes.subarray(0, 1), bytes.subarray(1)]
  if (first.length === 0 || socket.destroyed) return
  socket.write(first)
  setTimeout(() => trickle(socket, rest), 50)
}

export const search = 0x63

/** A request comes in one piece, since clients here ask one thing at a time. */
function readRequest(bytes: Buffer): LdapRequest {
  const reader = new BerReader(bytes)
  reader.readSequence()
  const id = reader.readInt() ?? 0
  return { id, operation: reader.peek() ?? 0, bytes }
}

/** An element of BER, with a length of four bytes as Active Directory writes them. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const head = Buffer.from([tag, 0x84, 0, 0, 0, 0])
  head.writeUInt32BE(content.length, 2)
  return Buffer.concat([head, content])
}

export const octets = (value: string | Buffer): Buffer => element(0x04, Buffer.from(value))
export const number = (value: number, tag = 0x02): Buffer => element(tag, Buffer.from([value]))

/** A whole message: an operation, and what is behind it. */
export function message(id: number, operation: Buffer, ...rest: readonly Buffer[]): Buffer {
  return element(0x30, number(id), operation, ...rest)
}

/** How something ended: 0x61 a bind, 0x65 a search, 0x78 an extended request. */
export function result(id: number, [tag, code]: readonly [tag: number, code: number], control?: Buffer): Buffer {
  const operation = element(tag, number(code, 0x0a), octets(''), octets('said the server'))
  return message(id, operation, ...(control === undefined ? [] : [element(0xa0, control)]))
}

/** An entry and its attributes, each with its values. */
export function entry(
  id: number,
  dn: string | Buffer,
  attributes: Readonly<Record<string, readonly (string | Buffer)[]>>,
): Buffer {
  const parts = Object.entries(attributes).map(([type, values]) =>
    element(0x30, octets(type), element(0x31, Buffer.concat(values.map(octets)))),
  )
  return message(id, element(0x64, octets(dn), element(0x30, ...parts)))
}

/** A control of paged results; without a cookie, that of the last page. */
export function paged(cookie = ''): Buffer {
  return element(0x30, octets(pagedResults), octets(element(0x30, number(0), octets(cookie))))
}

export const pagedResults = '1.2.840.113556.1.4.319'
