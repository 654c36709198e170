import { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { actCommand, type ActDescription, type ActPlace } from '../acts/act-command.ts'
import type { Shell } from '../shell.ts'

const place: ActPlace = { argument: '<vo>', read: (vo) => ({ vo: requireVo(vo) }) }

const acts: readonly ActDescription[] = [
  {
    act: 'add',
    date: 'may',
    summary: 'let people join a VO',
    description:
      'Lets people join a VO, until the day that its rules give. Whom nobody knows yet becomes known, where the source is declared.',
    examples: [
      ['guildhall member add astro idp/linus --reason "visiting"', 'until the day that spec.expiration gives'],
      ['guildhall member add astro idp/linus --expires 2027-02-01', 'that day is the first one without'],
      ['guildhall member add astro < people.ndjson', 'many at once'],
    ],
  },
  {
    act: 'remove',
    summary: 'take people out of a VO whom managers or applications let in',
    examples: [['guildhall member remove astro idp/linus', 'their groups go with it']],
  },
  {
    act: 'extend',
    summary: 'extend memberships by the rules of the VO, or bring back who is EXPIRED or DISABLED',
    examples: [['guildhall member extend astro idp/linus', '`guildhall expiry preview` tells what it would give']],
  },
  {
    act: 'expires',
    date: 'must',
    summary: 'set or lift the date of memberships',
    examples: [
      ['guildhall member expires astro idp/linus --expires 2027-02-01', 'the last day is 31 January'],
      ['guildhall member expires astro idp/linus --never', 'no end'],
    ],
  },
  {
    act: 'disable',
    reason: 'must',
    summary: 'make members DISABLED, until a person enables them',
    examples: [['guildhall member disable astro idp/linus --reason "left the institute"', 'whatever holds them']],
  },
  {
    act: 'enable',
    summary: 'make DISABLED members what their dates and the gates say',
    examples: [['guildhall member enable astro idp/linus', 'EXPIRED where their date has come']],
  },
  {
    act: 'leave',
    summary: 'leave a VO, as its members may by themselves',
    examples: [['guildhall member leave astro idp/linus --as idp/linus', 'DISABLED; an extension brings back']],
  },
  {
    act: 'delete',
    summary: 'end memberships of a VO with everything that hangs on them',
    examples: [['guildhall member delete astro idp/linus --reason "asked for it"', 'a return is a new membership']],
  },
]

/** Makes `guildhall member`. */
export function memberCommand(shell: Shell): Command {
  const command = new Command('member')
    .summary('add, remove, extend, disable … members of a VO')
    .description('Acts on members of a VO, as its managers do; what git declares is changed in git.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall member add astro idp/linus --reason "visiting"  `guildhall member add --help` tells more',
    )
  for (const act of acts) command.addCommand(actCommand(shell, place, act))
  return command
}

function requireVo(text: string): string {
  if (!text.includes('/')) return text
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot act on VO "${text}": expected a VO such as "astro"; \`guildhall group\` acts on groups`,
    { facts: { vo: text } },
  )
}
