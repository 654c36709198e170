import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { count } from '../../core/model/count.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import type { AgainAnswer, AgainInput } from '../../store/index.ts'
import { answerWith, describeCommand, named, type Answer, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

interface PlaceOptions extends CommonOptions {
  readonly facility?: string
  readonly service?: string
  readonly destination?: string
}

const exitCodes = { 1: 'error, or something is blocked and does not go out' }

/** Makes `guildhall deliveries force`. */
export function forceCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'force',
    summary: 'deliver now, also what is there already',
    description:
      'Delivers the newest snapshots of a facility now, also where they were delivered already: what was lost or changed at the destination is as it should be again.',
    examples: [
      ['guildhall deliveries force --facility hpc', 'everything'],
      ['guildhall deliveries force --facility hpc --service passwd --destination login1', 'one of it'],
    ],
    exitCodes,
  })
    .requiredOption('--facility <name>', 'of which facility (required)', named('a name'))
    .option('--service <name>', 'only this service', named('a name'))
    .option('--destination <name>', 'only to this destination', named('a name'))
  return answerWith<PlaceOptions>(command, shell, async ({ options }) => again(shell, options, 'force'))
}

/** Makes `guildhall deliveries resend`. */
export function resendCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'resend',
    summary: 'deliver a service again to all its destinations, after everything that waits',
    examples: [
      ['guildhall deliveries resend --service passwd', 'at every facility'],
      ['guildhall deliveries resend --service passwd --facility hpc', 'at one'],
    ],
    exitCodes,
  })
    .requiredOption('--service <name>', 'which service (required)', named('a name'))
    .option('--facility <name>', 'only at this facility', named('a name'))
  return answerWith<PlaceOptions>(command, shell, async ({ options }) => again(shell, options, 'resend'))
}

async function again(shell: Shell, options: PlaceOptions, kind: AgainInput['kind']): Promise<Answer> {
  const { facility, service, destination } = options
  const place = {
    ...(facility === undefined ? {} : { facility }),
    ...(service === undefined ? {} : { service }),
    ...(destination === undefined ? {} : { destination }),
  }
  const input = { place, kind, cause: causeOf(shell, undefined), now: shell.now() }
  const deliveries = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.deliverAgain(tx, input)),
  )
  if (deliveries.length === 0)
    throw new GuildhallError('OBJECT_UNKNOWN', `Cannot ${kind} anything: nothing of this goes to a destination`)
  const isAnyBlocked = deliveries.some(({ again: goesOut }) => !goesOut)
  return { json: { deliveries }, text: textOf(deliveries), exitCode: isAnyBlocked ? 1 : 0 }
}

function textOf(deliveries: readonly AgainAnswer[]): string {
  const goesOut = deliveries.filter((one) => one.again)
  const blocked = deliveries.filter((one) => !one.again)
  return [
    `${count(goesOut.length, 'delivery goes', 'deliveries go')} out again; \`guildhall deliveries\` shows how far they are`,
    ...blocked.map(
      ({ facility, service, destination }) =>
        `${service} of ${facility} to ${destination} is blocked; \`guildhall status\` tells by whom, and how to lift it`,
    ),
  ].join('\n')
}
