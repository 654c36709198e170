import { Command } from 'commander'
import { actCommand, type ActDescription, type ActPlace } from '../acts/act-command.ts'
import { splitGroup } from '../acts/split-group.ts'
import type { Shell } from '../shell.ts'

const place: ActPlace = { argument: '<vo/group>', read: splitGroup }

const acts: readonly ActDescription[] = [
  {
    act: 'add',
    date: 'may',
    summary: 'put members of the VO into a group',
    description: 'Puts members of the VO into a group, until the day that the rules of the group give.',
    examples: [
      ['guildhall group add astro/telescope idp/linus', 'until the day that spec.expiration gives'],
      ['guildhall group add astro/telescope < people.ndjson', 'many at once'],
    ],
  },
  {
    act: 'remove',
    summary: 'take people out of a group whom managers or applications put in',
    examples: [['guildhall group remove astro/telescope idp/linus', 'they stay members of the VO']],
  },
  {
    act: 'extend',
    summary: 'extend memberships of a group by its rules, or bring back who is EXPIRED in it',
    examples: [['guildhall group extend astro/telescope idp/linus', 'counted from today']],
  },
  {
    act: 'expires',
    date: 'must',
    summary: 'set or lift the date of memberships of a group',
    examples: [['guildhall group expires astro/telescope idp/linus --expires 2027-02-01', 'over from that day on']],
  },
  {
    act: 'leave',
    summary: 'leave a group, as its members may by themselves',
    examples: [['guildhall group leave astro/telescope idp/linus --as idp/linus', 'no manager needed']],
  },
]

/** Makes `guildhall group`. */
export function groupCommand(shell: Shell): Command {
  const command = new Command('group')
    .summary('add, remove, extend … members of a group')
    .description('Acts on members of a group, as its managers do; what git declares is changed in git.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall group add astro/telescope idp/linus  `guildhall group add --help` tells more',
    )
  for (const act of acts) command.addCommand(actCommand(shell, place, act))
  return command
}
