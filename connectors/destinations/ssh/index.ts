import type { DestinationType } from '../../destination.ts'
import { requirePlainWords, requireSafeFileNames } from '../../file-names.ts'
import { compareFiles, digestFiles } from '../../snapshot-files.ts'
import { readPlace } from '../../ssh/place.ts'
import type { Channel } from './channel.ts'
import { openReceiver } from './open-receiver.ts'
import { sendCheck, sendObserve, sendSnapshot } from './protocol.ts'

/** Sends snapshots over SSH to `guildhall-receiver`, the forced command of a key on the host. */
export const destinationType: DestinationType = {
  type: 'ssh',
  create(settings, environment) {
    const place = readPlace('ssh', settings)
    const open = async (signal: AbortSignal): Promise<Channel> => {
      const key = await environment.secret(place.keySecret)
      return openReceiver(place, key, signal)
    }
    return receiverDestination(open)
  },
}

/** A destination that talks to a receiver, however that is started. */
export function receiverDestination(
  open: (signal: AbortSignal) => Promise<Channel>,
): ReturnType<DestinationType['create']> {
  return {
    async check({ signal }) {
      await sendCheck(await open(signal), signal)
    },
    async deliver(snapshot, context) {
      requireSafeFileNames(snapshot.files.map(({ path }) => path))
      requirePlainWords([snapshot.facility, snapshot.service])
      const digests = await digestFiles(snapshot, context.signal)
      const send = { signal: context.signal, reached: context.reached.bind(context), digests }
      return sendSnapshot(await open(context.signal), snapshot, send)
    },
    async observe(snapshot, { signal }) {
      requirePlainWords([snapshot.service])
      return compareFiles(snapshot, await sendObserve(await open(signal), snapshot.service, signal), signal)
    },
  }
}
