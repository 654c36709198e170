import { setImmediate } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import type { Destination } from '../../connectors/destination.ts'
import type { ErrorCode } from '../../core/error-codes.ts'
import { contextOf, snapshotOf } from './snapshots.ts'

/** How the far end of a destination goes wrong, whatever it speaks, and what a delivery to it may fail with. */
const faults = {
  'says nothing, from the start': ['DESTINATION_UNREACHABLE'],
  'takes everything and says nothing': ['DESTINATION_UNREACHABLE'],
  'hangs up at once': ['DESTINATION_UNREACHABLE'],
  'hangs up in the middle of what it is sent': ['DESTINATION_UNREACHABLE'],
  'hangs up in the middle of its answer': ['DESTINATION_UNREACHABLE'],
  'takes one byte at a time': ['DESTINATION_UNREACHABLE'],
  'answers one byte at a time, from the start': ['DESTINATION_UNREACHABLE'],
  'answers one byte at a time, in the middle': ['DESTINATION_UNREACHABLE'],
  'never ends its answer': ['DESTINATION_ANSWER_WRONG', 'DESTINATION_UNREACHABLE'],
  'answers in another protocol': ['DESTINATION_ANSWER_WRONG', 'DESTINATION_UNREACHABLE'],
  'says that it is broken': ['DESTINATION_UNREACHABLE'],
  'does not let us in': ['DELIVERY_REFUSED'],
  'has no room': ['DELIVERY_REFUSED'],
  'sends us to an address inside': ['DESTINATION_ANSWER_WRONG'],
  'says that it has something else': ['DESTINATION_ANSWER_WRONG', 'DESTINATION_UNREACHABLE'],
} as const satisfies Readonly<Record<string, readonly ErrorCode[]>>

export type Fault = keyof typeof faults

/** A far end that has one fault. */
export interface Faulty {
  /** Ends by limits of its own, which are short where nothing else ends it. */
  readonly destination: Destination
  /** The same far end, reached with the usual limits. */
  readonly patient: Destination
  /** How many of our connections are open. */
  open(): number
  /** From now on it does what it should. */
  heal(): void
  /** What must not be shown, though the far end says it. */
  readonly secrets: readonly string[]
  stop(): Promise<void>
}

/** The faults that a protocol can have, each with the words of its error. */
export type FaultWords = Readonly<Partial<Record<Fault, RegExp>>>

/** What holds while the far end goes wrong: an error that says how, an end without help, nothing left open, and a delivery once it is mended. */
export function standsFaults(open: (fault: Fault) => Promise<Faulty>, words: FaultWords): void {
  const suffered = Object.keys(faults).filter((name): name is Fault => isFault(name) && words[name] !== undefined)
  it.each(suffered)(
    'a far end that %s',
    async (fault) => {
      const far = await open(fault)
      try {
        const snapshot = snapshotOf({ generation: 3, files: { big: Buffer.alloc(8_000_000, 'guildhall\n') } })

        const error: unknown = await far.destination.deliver(snapshot, contextOf()).catch((cause: unknown) => cause)

        expect(error).toMatchObject({
          name: 'GuildhallError',
          code: expect.stringMatching(faults[fault].join('|')),
          message: expect.stringMatching(words[fault] ?? /^$/),
        })
        for (const secret of far.secrets) expect(shownOf(error)).not.toContain(secret)
        while (far.open() > 0) await setImmediate()
        far.heal()
        expect(await far.patient.deliver(snapshot, contextOf())).toMatchObject({ generation: 3, hash: snapshot.hash })
      } finally {
        await far.stop()
      }
    },
    60_000,
  )
}

function isFault(name: string): name is Fault {
  return name in faults
}

/** All that may be logged of an error. */
function shownOf(error: unknown): string {
  return `${String(error)} ${JSON.stringify(error)}`
}
