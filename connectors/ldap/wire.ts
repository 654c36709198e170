import { addAbortListener } from 'node:events'
import type { Socket } from 'node:net'
import { LdapFailure } from './failure.ts'
import { MessageSplitter } from './message-splitter.ts'

const events = ['readable', 'end', 'close'] as const

/** Of one message: who is slower for longer than one may be silent is given up. */
const leastBytesPerSecond = 1_000

/** A connection as messages: what comes waits in the socket, and with the server, until it is asked for. */
export class Wire {
  readonly #socket: Socket
  readonly #splitter = new MessageSplitter()
  readonly #silentMs: number
  #obeyed: Disposable | undefined
  #problem: Error | undefined
  #wake: () => void = () => undefined

  constructor(socket: Socket, silentMs: number) {
    this.#socket = socket
    this.#silentMs = silentMs
    for (const event of events) socket.on(event, this.#heard)
    socket.on('error', (error) => (this.#problem = error))
  }

  /** Ends the connection at once when the signal says so. */
  obey(signal: AbortSignal): void {
    this.#obeyed = addAbortListener(signal, () => this.destroy())
  }

  /** Nothing is waited for: a server that is not reading is noticed by its silence. */
  write(message: Uint8Array): void {
    this.#socket.write(message)
  }

  /** The next message; only time in which we wait for it counts. */
  async read(): Promise<Buffer> {
    let patienceMs = this.#silentMs
    for (;;) {
      const message = this.#splitter.take()
      if (message !== undefined) return message
      if (patienceMs <= 0) throw new LdapFailure('unreachable', 'its answer came too slowly')
      const begunAt = performance.now()
      const chunk = await this.#chunk()
      this.#splitter.add(chunk)
      patienceMs += (chunk.length / leastBytesPerSecond) * 1_000 - (performance.now() - begunAt)
    }
  }

  /** Gives the socket away, to be encrypted: whatever came before its time is not trusted. */
  release(): Socket {
    if (!this.#splitter.isEmpty || this.#socket.readableLength > 0)
      throw new LdapFailure('wrong', 'it sent something in plain after it had agreed to encrypt')
    this.#obeyed?.[Symbol.dispose]()
    for (const event of events) this.#socket.off(event, this.#heard)
    return this.#socket
  }

  destroy(): void {
    this.#obeyed?.[Symbol.dispose]()
    this.#socket.destroy()
  }

  /** Says a last word and ends the connection. */
  close(lastMessage: Uint8Array): void {
    this.#obeyed?.[Symbol.dispose]()
    this.#socket.end(lastMessage)
    this.#socket.destroySoon()
  }

  readonly #heard = (): void => this.#wake()

  async #chunk(): Promise<Buffer> {
    for (;;) {
      const chunk: unknown = this.#socket.read()
      if (Buffer.isBuffer(chunk)) return chunk
      if (this.#socket.destroyed || this.#socket.readableEnded) throw this.#ended()
      await this.#moreOrSilence()
    }
  }

  async #moreOrSilence(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const more = new Promise<void>((resolve, reject) => {
      this.#wake = resolve
      timer = setTimeout(() => reject(this.#silence()), this.#silentMs)
    })
    await more.finally(() => clearTimeout(timer))
  }

  #ended(): LdapFailure {
    const reason = this.#problem === undefined ? 'the connection ended before the answer did' : this.#problem.message
    return new LdapFailure('unreachable', reason, { cause: this.#problem })
  }

  #silence(): LdapFailure {
    return new LdapFailure('unreachable', `it said nothing for ${this.#silentMs / 1000} s`)
  }
}
