import { Option, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { DeliveryBlock, DeliveryState, ListedDelivery } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import type { DeliveryFilter } from '../../store/index.ts'
import { asOfOption } from '../as-of.ts'
import { answerWith, describeCommand, named, type Answer } from '../command.ts'
import { forceCommand, resendCommand } from '../deliveries/again-commands.ts'
import { approveCommand } from '../deliveries/approve-command.ts'
import { blockCommands } from '../deliveries/block-commands.ts'
import { dryRunCommand } from '../deliveries/dry-run-command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

interface DeliveriesOptions {
  readonly facility?: string
  readonly service?: string
  readonly destination?: string
  readonly state?: DeliveryState
  readonly asOf?: string | Date
}

/** Makes `guildhall deliveries`, which lists by itself too. */
export function deliveriesCommand(shell: Shell): Command {
  const command = listing(shell, 'deliveries', 'list what was delivered where, and keep things from going out')
    // What stands after the name of a command below is for that one.
    .enablePositionalOptions()
    .helpCommand(false)
    .addCommand(listing(shell, 'list', 'list what was delivered where, and what is in trouble'))
  const others = [forceCommand(shell), resendCommand(shell), dryRunCommand(shell), approveCommand(shell)]
  for (const below of [...blockCommands(shell), ...others]) command.addCommand(below)
  return command
}

const states: readonly DeliveryState[] = ['delivered', 'pending', 'failing', 'held', 'blocked', 'paused']

function listing(shell: Shell, name: 'deliveries' | 'list', summary: string): Command {
  const typed = name === 'list' ? 'guildhall deliveries list' : 'guildhall deliveries'
  const command = describeCommand({
    name,
    summary,
    examples: [
      [typed, 'everything'],
      [`${typed} --state failing`, 'only trouble, with the last error'],
      [`${typed} --facility hpc --service passwd --json`, 'for a program'],
      [`${typed} --as-of 2026-03-31`, 'what had been delivered where at the end of that day'],
    ],
  })
    .option('--facility <name>', 'only this facility', named('a name'))
    .option('--service <name>', 'only this service', named('a name'))
    .option('--destination <name>', 'only to destinations of this name', named('a name'))
    .addOption(new Option('--state <state>', 'only this state').choices(states))
    .addOption(asOfOption('the instance'))
  return answerWith<DeliveriesOptions>(command, shell, async ({ options }) => {
    const { asOf } = options
    const filter = filterOf(options)
    if (asOf !== undefined)
      return withState(shell, options, async (open) => past(open, { ...filter, asOf, askedAt: shell.now() }))
    const deliveries = await withState(shell, options, async (open) => {
      await requireKnown(shell, open, filter)
      return open.store.listDeliveries(open.pool, filter)
    })
    return { json: { deliveries }, text: renderDeliveries(deliveries, Object.keys(filter).length > 0) }
  })
}

function filterOf({ facility, service, destination, state }: DeliveriesOptions): DeliveryFilter {
  return {
    ...(facility && { facility }),
    ...(service && { service }),
    ...(destination && { destination }),
    ...(state && { state }),
  }
}

/** What had been delivered where at a moment, also where nothing is delivered any more. */
async function past(
  { store, pool }: OpenState,
  asked: Parameters<typeof store.listPastDeliveries>[1],
): Promise<Answer> {
  const deliveries = await store.listPastDeliveries(pool, asked)
  const rows = deliveries.map(({ facility, service, destination, state, generation, delivered, at, since, error }) => [
    ...[facility, service, destination, state, `${delivered ?? '–'} of ${generation ?? '–'}`],
    at === null ? '' : moment(at),
    since === null ? '' : `since ${moment(since)}: ${error ?? 'unknown'}`,
  ])
  const head = ['FACILITY', 'SERVICE', 'DESTINATION', 'STATE', 'GENERATION', 'DELIVERED', 'TROUBLE']
  const text = rows.length === 0 ? 'Nothing of this had been delivered or tried then.' : renderTable(head, rows)
  return { json: { deliveries }, text }
}

/** Whoever mistypes a name would believe that nothing is in trouble there. */
async function requireKnown(
  shell: Shell,
  { store, pool }: OpenState,
  { facility, service }: DeliveriesOptions,
): Promise<void> {
  if (facility === undefined && service === undefined) return
  const { facilities } = await store.readStatus(pool, shell.now())
  const among = facilities.filter(({ name }) => facility === undefined || name === facility)
  if (facility !== undefined && among.length === 0) {
    const known = facilities.map(({ name }) => name)
    throw unknown(`facility "${facility}": none of this name is in force${whatThereIs(facility, known)}`)
  }
  const services = among.flatMap((found) => found.services.map(({ name }) => name))
  if (service === undefined || services.includes(service)) return
  const missing = facility === undefined ? 'no facility has it' : `facility "${facility}" does not have it`
  throw unknown(`service "${service}": ${missing}${whatThereIs(service, services)}`)
}

function unknown(what: string): GuildhallError {
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot list deliveries of ${what}`)
}

function renderDeliveries(deliveries: readonly ListedDelivery[], filtered: boolean): string {
  if (deliveries.length === 0) {
    return filtered
      ? 'No delivery matches; `guildhall deliveries` lists all.'
      : 'Nothing is delivered anywhere: no facility has a destination. Add `spec.destinations` to a Facility document.'
  }
  const rows = deliveries.map((delivery) => [
    delivery.facility,
    delivery.service,
    delivery.destination,
    delivery.state,
    `${delivery.delivered ?? '–'} of ${delivery.generation ?? '–'}`,
    trouble(delivery),
  ])
  return renderTable(['FACILITY', 'SERVICE', 'DESTINATION', 'STATE', 'GENERATION', 'TROUBLE'], rows)
}

function trouble({ since, failures, error, block }: ListedDelivery): string {
  if (block !== undefined) return blocked(block)
  if (failures === 0 || since === null) return error ?? ''
  return `since ${moment(since)}, ${count(failures, 'attempt')} failed: ${error ?? 'unknown'}`
}

function blocked({ kind, by, reason, since, until }: DeliveryBlock): string {
  const end = kind === 'pause' && until !== null ? ` until ${moment(until)}` : ''
  return `since ${moment(since)}${end}, by ${by}: ${reason}`
}
