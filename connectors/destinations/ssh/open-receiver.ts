import type { ClientChannel } from 'ssh2'
import { connect, type Connected } from '../../ssh/connect.ts'
import type { SshPlace } from '../../ssh/place.ts'
import type { Channel } from './channel.ts'

/** The constant remote command; the host's forced command stands for it, and nothing of ours is ever part of it. */
const command = 'guildhall-receiver'

/** Connects to the host and starts the receiver. */
export async function openReceiver(place: SshPlace, key: string, signal: AbortSignal): Promise<Channel> {
  const advice = 'add its public half to authorized_keys with the forced command'
  return channelOf(
    await connect(place, {
      ...{ key, advice, signal },
      open: (client) =>
        new Promise<ClientChannel>((resolve, reject) => {
          client.exec(command, (error, stream) => (error === undefined ? resolve(stream) : reject(error)))
        }),
    }),
  )
}

function channelOf({ client, opened: stream, problem }: Connected<ClientChannel>): Channel {
  let complaint = ''
  stream.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 1_000) complaint += chunk.toString('utf8')
  })
  stream.on('error', () => undefined)
  client.once('close', () => stream.destroy())
  return {
    input: stream,
    output: stream,
    complaint: () => problem()?.message ?? complaint,
    close: () => void client.destroy(),
  }
}
