import type {
  DeliveryContext,
  Destination,
  DestinationType,
  Observation,
  Receipt,
  Snapshot,
} from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'
import { requirePlainWords, requireSafeFileNames } from '../../file-names.ts'
import { inTurn } from '../../service-folder/in-turn.ts'
import { judge, receiptOf } from '../../service-folder/token.ts'
import { compareFiles } from '../../snapshot-files.ts'
import { nameFiles, type GitFile } from './git-files.ts'
import { makeCommit, makeEmptyCommit } from './make-commit.ts'
import { readOptions } from './options.ts'
import { askTip, fetchTip, push, tryPush, type Remote } from './remote.ts'
import { blockedAt, changesTo, foreignIn, readServiceTree, type ServiceTree } from './service-tree.ts'
import { inWorkspace } from './workspace.ts'

/** How often a delivery begins again because others push. */
const attempts = 20

/** Commits snapshots into `<path>/<service>/` of a branch. */
export const destinationType: DestinationType = {
  type: 'git',
  create(settings, environment) {
    const options = readOptions(settings)
    const surroundings = { out: environment.out, secret: (name: string) => environment.secret(name) }
    const folderOf = ({ service }: Snapshot): string => (options.path === '' ? service : `${options.path}/${service}`)
    const visiting = <T>({ signal }: DeliveryContext, work: (remote: Remote) => Promise<T>): Promise<T> =>
      inWorkspace(options, { surroundings, signal }, (workspace) => work({ workspace, options }))
    return {
      check: (context) =>
        visiting(context, async (remote) => {
          const tip = await askTip(remote)
          await tryPush(remote, { commit: await makeEmptyCommit(remote.workspace, environment.now()), tip })
        }),
      async deliver(snapshot, context) {
        requireSafeFileNames(snapshot.files.map((file) => file.path))
        requirePlainWords([snapshot.facility, snapshot.service])
        const files = await nameFiles(snapshot, context.signal)
        const delivery = { snapshot, files, folder: folderOf(snapshot), now: () => environment.now() }
        const turn = `${options.url} ${options.branch}`
        return orAborted(context.signal, () =>
          inTurn(turn, () => visiting(context, (remote) => deliver(remote, delivery, context))),
        )
      },
      async observe(snapshot, context) {
        requirePlainWords([snapshot.service])
        const files = await nameFiles(snapshot, context.signal)
        return visiting(context, (remote) =>
          observe(remote, { snapshot, files, folder: folderOf(snapshot) }, context.signal),
        )
      },
    } satisfies Destination
  },
}

interface Wanted {
  readonly snapshot: Snapshot
  readonly files: readonly GitFile[]
  readonly folder: string
}

interface Delivery extends Wanted {
  readonly now: () => number
}

async function deliver(remote: Remote, delivery: Delivery, context: DeliveryContext): Promise<Receipt> {
  const { snapshot } = delivery
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const outcome = await attemptDelivery(remote, delivery, context)
    if (outcome !== 'lost') return receiptOf(snapshot, outcome === 'pushed')
  }
  throw refusedSnapshot('DELIVERY_REFUSED', snapshot, 'others push to the branch all the time; it is tried again')
}

async function attemptDelivery(
  remote: Remote,
  { snapshot, files, folder, now }: Delivery,
  context: DeliveryContext,
): Promise<'pushed' | 'same' | 'lost'> {
  const tip = await fetchTip(remote)
  const blocking = tip === undefined ? undefined : await blockedAt(remote, tip, folder)
  if (blocking !== undefined)
    throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `"${blocking}" in the repository is no folder; move it away`)
  const tree = await treeAt(remote, tip, folder)
  const news = judge(tree.token, snapshot)
  const changes = changesTo(tree, files, snapshot)
  if (news === 'same' && changes.written.length + changes.removed.length === 0) return 'same'
  const parts = { snapshot, files, changes, folder, parent: tip, now: now() }
  const commit = await makeCommit(remote.workspace, parts)
  context.reached('delivery.during')
  context.signal.throwIfAborted()
  const { kind } = await push(remote, { commit, tip })
  return kind === 'done' ? 'pushed' : 'lost'
}

async function observe(remote: Remote, wanted: Wanted, signal: AbortSignal): Promise<Observation> {
  const tree = await treeAt(remote, await fetchTip(remote), wanted.folder)
  const files = new Map(wanted.files.map((file) => [file.path, file]))
  const ours = (tree.token?.files ?? []).flatMap(({ path }) => {
    const entry = tree.entries.get(path)
    if (entry === undefined) return []
    const file = files.get(path)
    return [{ path, sha256: file?.entry === entry ? file.sha256 : entry }]
  })
  const there = { generation: tree.token?.generation, ours, foreign: foreignIn(tree) }
  return compareFiles(wanted.snapshot, there, signal)
}

async function treeAt(remote: Remote, tip: string | undefined, folder: string): Promise<ServiceTree> {
  return tip === undefined ? { entries: new Map(), token: undefined } : readServiceTree(remote, tip, folder)
}

/** Whoever waits for their turn waits no longer than they have time. */
async function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
