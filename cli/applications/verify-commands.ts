import type { Command } from 'commander'
import { resendVerification, verifyApplication } from '../../api/acts/applications/verify.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { readId } from './read-id.ts'

interface ResendOptions extends CommonOptions {
  readonly as?: string
}

/** Makes `guildhall application verify`. */
export function verifyCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'verify', arguments: '<key>', summary: 'confirm an address by the key that went there' },
    description:
      'Confirms an address by the key that went there; the application goes on once all of its addresses are confirmed.',
    examples: [['guildhall application verify 5f0c…', 'the key that the mail brings, which counts once']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [key = ''], options }) => {
    const done = await withState(shell, options, (open) => verifyApplication.run(actContext(shell, open), { key }))
    return { json: done, text: `The address is confirmed; application ${done.application} is ${done.state}.` }
  })
}

/** Makes `guildhall application resend`. */
export function resendCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'resend', arguments: '<id>', summary: 'send another key to the addresses that are not confirmed' },
    description:
      'Sends another key to the addresses of an application that are not confirmed; keys of before count no more.',
    examples: [['guildhall application resend 12 --as idp/alan', 'as who filed it']],
  }).addOption(asOption())
  return answerWith<ResendOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const { as } = options
    if (as !== undefined) requireIdentity(as)
    const asked = { application: readId(text), ...(as !== undefined && { as }) }
    const done = await withState(shell, options, (open) => resendVerification.run(actContext(shell, open), asked))
    return { json: done, text: done.addresses.map((address) => `Another key goes to ${address}.`).join('\n') }
  })
}
