import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../core/model/json.ts'
import type {
  DeliveryContext,
  Destination,
  DestinationEnvironment,
  DestinationType,
  Receipt,
  Snapshot,
} from '../../destination.ts'
import { requirePlainWords, requireSafeFileNames } from '../../file-names.ts'
import { delivering, explainFailure, HttpsFault } from '../../https/failures.ts'
import { createHttpsSender } from '../../https/sender.ts'
import type { HttpsSender, SenderSettings, SentRequest } from '../../https/sender.ts'
import { readSettings } from '../../https/settings.ts'
import { shownUrl } from '../../https/shown-url.ts'
import { compareFiles } from '../../snapshot-files.ts'
import { readFilesThere, readReceipt, requireReady } from './answers.ts'
import { readOptions } from './options.ts'
import type { HttpsOptions } from './options.ts'
import { payloadOf } from './payload.ts'
import { openSigner } from './signature.ts'
import type { Signer } from './signature.ts'

/** Posts snapshots to a web address, each in one signed request. */
export const destinationType: DestinationType = {
  type: 'https',
  create: (options, environment) => httpsDestination(options, environment),
}

/** What of the connection a test sets otherwise. */
type Tuning = Partial<Pick<SenderSettings, 'findAddresses' | 'limits' | 'wholeMs'>>

const usualWholeMs = 300_000
const longestAnswer = 32 * 1024 * 1024
const accept = ['application/json']

/** Builds a destination that is reached over https. */
export function httpsDestination(
  settings: JsonObject,
  environment: DestinationEnvironment,
  tuning: Tuning = {},
): Destination {
  const options = readOptions(settings)
  const open = async <T>({ signal }: DeliveryContext, work: (asking: Asking) => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    const known = await readSettings(delivering, settings, environment)
    const signer = await openSigner(options.signing, async (name) => environment.secret(name))
    const limits = { bytes: longestAnswer, ...tuning.limits }
    const sender = createHttpsSender({
      ...{ wholeMs: usualWholeMs, ...known, ...tuning },
      ...{ limits, secrets: signer.secrets },
    })
    try {
      return await work({ sender, signer, options, environment, signal })
    } catch (error) {
      throw error instanceof HttpsFault ? explainFailure(delivering, shownUrl(options.url), error) : error
    } finally {
      sender.close()
    }
  }
  return {
    check: async (context) => open(context, async (asking) => requireReady(await ask(asking, 'HEAD'))),
    deliver: async (snapshot, context) => {
      requireSafeFileNames(snapshot.files.map(({ path }) => path))
      requirePlainWords([snapshot.facility, snapshot.service])
      return open(context, async (asking) => deliver(snapshot, context, asking))
    },
    observe: async (snapshot, context) => {
      requirePlainWords([snapshot.facility, snapshot.service])
      return open(context, async (asking) => {
        const reply = await ask(asking, 'GET', placeOf(snapshot))
        return compareFiles(snapshot, readFilesThere(reply), asking.signal)
      })
    },
  }
}

interface Asking {
  readonly sender: HttpsSender
  readonly signer: Signer
  readonly options: HttpsOptions
  readonly environment: DestinationEnvironment
  readonly signal: AbortSignal
}

/** Sends a request without a body. */
function ask(
  { sender, signer, options, environment, signal }: Asking,
  method: 'GET' | 'HEAD',
  headers: SentRequest['headers'] = {},
): ReturnType<HttpsSender['send']> {
  const signed = signer.begin(environment.now()).headers()
  return sender.send({ method, url: options.url, accept, headers: { ...headers, ...signed }, signal })
}

/** What is posted is read twice: it is signed, and its length told, before it goes out. */
async function deliver(snapshot: Snapshot, context: DeliveryContext, asking: Asking): Promise<Receipt> {
  const { sender, signer, options, environment, signal } = asking
  const payload = await payloadOf(snapshot, options.body, signal)
  const signature = signer.begin(environment.now())
  let size = payload.end.length
  for await (const piece of payload.pieces()) {
    size += piece.length
    signature.update(piece)
  }
  signature.update(payload.end)
  let broken: { readonly cause: unknown } | undefined
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* payload.pieces()
      context.reached('delivery.during')
    } catch (cause) {
      broken = { cause }
      throw cause
    }
    yield payload.end
  }
  const headers = { ...headersOf(snapshot, environment), ...signature.headers() }
  const body = { type: payload.type, size, pieces }
  try {
    const reply = await sender.send({ url: options.url, accept, headers, body, signal })
    return readReceipt(reply, snapshot, options.givesReceipt)
  } catch (error) {
    throw broken === undefined ? error : broken.cause
  }
}

function placeOf({ facility, service }: Snapshot): Record<string, string> {
  return { 'guildhall-facility': facility, 'guildhall-service': service }
}

function headersOf(snapshot: Snapshot, environment: DestinationEnvironment): Record<string, string> {
  return {
    ...placeOf(snapshot),
    'guildhall-generation': `${snapshot.generation}`,
    'guildhall-hash': snapshot.hash,
    'idempotency-key': keyOf(snapshot, environment),
  }
}

/** The same for every attempt at bringing one content to one destination. */
function keyOf({ facility, service, generation, hash }: Snapshot, { destination }: DestinationEnvironment): string {
  return createHash('sha256')
    .update(JSON.stringify([facility, service, destination, generation, hash]))
    .digest('hex')
}
