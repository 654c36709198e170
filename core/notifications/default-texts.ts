import type { JsonObject } from '../model/json.ts'

/** What people are told about. */
export type NotificationEvent = 'group.expired' | 'group.expiring' | 'member.expired' | 'member.expiring'

/** A text by language. */
type Texts = Readonly<Record<string, string>>

/** What a mail about an event says, as Liquid templates by language. */
export interface NotificationTexts {
  readonly subject: Texts
  readonly text: Texts
}

/** What the templates of an event may name. */
export interface NotificationTags extends JsonObject {
  readonly vo: { readonly name: string; readonly title: string }
  readonly user: { readonly identity: string; readonly displayName: string }
  readonly membership: {
    readonly status: string
    /** The first day on which it is over, `YYYY-MM-DD`. */
    readonly expires: string
    readonly lastDay: string
    readonly daysLeft: number
  }
  /** Memberships of groups that end or have ended too, by name. */
  readonly groups: readonly {
    readonly name: string
    readonly title: string
    readonly expires: string
    readonly lastDay: string
  }[]
}

/** Where no other language is known to suit the reader. */
const usualLanguage = 'en'

/** What is said of groups in a text that does not name them itself. */
const ofGroups: Texts = {
  en: `
Your membership of these groups of {{ vo.title }} ends or has ended; the last day of each:
{% for group in groups %}- {{ group.title }}: {{ group.lastDay }}
{% endfor %}`,
  cs: `
Vaše členství v těchto skupinách {{ vo.title }} končí nebo skončilo; poslední den každého:
{% for group in groups %}- {{ group.title }}: {{ group.lastDay }}
{% endfor %}`,
}

/** What mails say where no Notification document says otherwise. */
const defaultTexts: Readonly<Record<NotificationEvent, NotificationTexts>> = {
  'group.expiring': {
    subject: {
      en: 'Your membership of a group of {{ vo.title }} ends',
      cs: 'Vaše členství ve skupině {{ vo.title }} končí',
    },
    text: { en: 'Dear {{ user.displayName }},\n', cs: 'Dobrý den, {{ user.displayName }},\n' },
  },
  'group.expired': {
    subject: {
      en: 'Your membership of a group of {{ vo.title }} has ended',
      cs: 'Vaše členství ve skupině {{ vo.title }} skončilo',
    },
    text: { en: 'Dear {{ user.displayName }},\n', cs: 'Dobrý den, {{ user.displayName }},\n' },
  },
  'member.expiring': {
    subject: {
      en: 'Your membership of {{ vo.title }} ends',
      cs: 'Vaše členství v {{ vo.title }} končí',
    },
    text: {
      en: `Dear {{ user.displayName }},

the last day of your membership of {{ vo.title }} is {{ membership.lastDay }}. What it lets you use ends with it.
If you want to stay, ask a manager of {{ vo.title }} to extend it: guildhall member extend {{ vo.name }} {{ user.identity }}
If you do not, there is nothing to do. No more of these mails: guildhall notices decline {{ vo.name }} {{ user.identity }}
`,
      cs: `Dobrý den, {{ user.displayName }},

poslední den Vašeho členství v {{ vo.title }} je {{ membership.lastDay }}. S ním končí i přístup ke všemu, co umožňuje.
Chcete-li zůstat, požádejte správce {{ vo.title }} o prodloužení: guildhall member extend {{ vo.name }} {{ user.identity }}
Pokud ne, nemusíte dělat nic. Bez dalších upozornění: guildhall notices decline {{ vo.name }} {{ user.identity }}
`,
    },
  },
  'member.expired': {
    subject: {
      en: 'Your membership of {{ vo.title }} has ended',
      cs: 'Vaše členství v {{ vo.title }} skončilo',
    },
    text: {
      en: `Dear {{ user.displayName }},

the last day of your membership of {{ vo.title }} was {{ membership.lastDay }}.
If you want to come back, ask a manager of {{ vo.title }} to extend it: guildhall member extend {{ vo.name }} {{ user.identity }}
`,
      cs: `Dobrý den, {{ user.displayName }},

poslední den Vašeho členství v {{ vo.title }} byl {{ membership.lastDay }}.
Chcete-li se vrátit, požádejte správce {{ vo.title }} o prodloužení: guildhall member extend {{ vo.name }} {{ user.identity }}
`,
    },
  },
}

/** Chooses the templates for a reader: of their language, else of the usual one, those of the VO before our own. */
export function chooseTexts(
  event: NotificationEvent,
  {
    own,
    language,
    hasGroups,
  }: {
    readonly own: Partial<NotificationTexts> | undefined
    readonly language: string | undefined
    readonly hasGroups: boolean
  },
): { readonly subject: string; readonly text: string } {
  const [main = usualLanguage] = (language ?? usualLanguage).toLowerCase().split(/[-_]/)
  const choose = (offered: Texts): string => offered[main] ?? offered[usualLanguage] ?? Object.values(offered)[0] ?? ''
  const of = (part: keyof NotificationTexts): string => choose(own?.[part] ?? defaultTexts[event][part])
  const text = of('text')
  const isSilent = hasGroups && !/\bgroups\b/.test(text)
  return { subject: of('subject'), text: isSilent ? `${text}${choose(ofGroups)}` : text }
}
