import { announcementTexts } from './announcement-texts.ts'
import { applicationTexts } from './application-texts.ts'
import { delegationTexts } from './delegation-texts.ts'
import { invitationTexts } from './invitation-texts.ts'
import type { MembershipEvent, NotificationEvent } from './events.ts'
import { reviewTexts } from './review-texts.ts'
import type { NotificationTexts, Texts } from './texts.ts'

/** What a text may name besides the membership of the VO, and what is said of it where the text does not. */
export const sections = {
  terms: {
    en: `
{% if terms.isOver %}You have no access until you accept the terms of {{ vo.title }}, version {{ terms.version }}, in force since {{ terms.since }}.
{% else %}{% if terms.acceptedUntil != "" %}Your acceptance of the terms of {{ vo.title }} counts before {{ terms.acceptedUntil }} only.
{% endif %}The last day to accept the terms of {{ vo.title }}, version {{ terms.version }}, in force since {{ terms.since }}, is {{ terms.lastDay }}; without it you have no access from {{ terms.acceptBy }} on.
{% endif %}To read them: guildhall terms show {{ vo.name }}
To accept them: guildhall terms accept {{ vo.name }} {{ user.identity | shell }} --version {{ terms.version }} --as {{ user.identity | shell }}
`,
    cs: `
{% if terms.isOver %}Dokud nepřijmete podmínky {{ vo.title }}, verzi {{ terms.version }}, platnou od {{ terms.since }}, nemáte přístup.
{% else %}{% if terms.acceptedUntil != "" %}Váš souhlas s podmínkami {{ vo.title }} platí jen do {{ terms.acceptedUntil }} (mimo tento den).
{% endif %}Poslední den k přijetí podmínek {{ vo.title }}, verze {{ terms.version }}, platné od {{ terms.since }}, je {{ terms.lastDay }}; bez něj nemáte od {{ terms.acceptBy }} přístup.
{% endif %}Znění podmínek: guildhall terms show {{ vo.name }}
Přijetí podmínek: guildhall terms accept {{ vo.name }} {{ user.identity | shell }} --version {{ terms.version }} --as {{ user.identity | shell }}
`,
  },
  groups: {
    en: `
Your membership of these groups of {{ vo.title }} ends or has ended; the last day of each:
{% for group in groups %}- {{ group.title }}: {{ group.lastDay }}; no more of these mails: guildhall notices decline {{ vo.name }}/{{ group.name }} --key {{ notices.key }}
{% endfor %}`,
    cs: `
Vaše členství v těchto skupinách {{ vo.title }} končí nebo skončilo; poslední den každého:
{% for group in groups %}- {{ group.title }}: {{ group.lastDay }}; bez dalších upozornění: guildhall notices decline {{ vo.name }}/{{ group.name }} --key {{ notices.key }}
{% endfor %}`,
  },
  guests: {
    en: `
Guests of yours in {{ vo.title }} leave or have left; the last day of each:
{% for guest in guests %}- {{ guest.displayName }} ({{ guest.identity }}): {{ guest.lastDay }}; {% if guest.isCountdown %}you answer for them no more, but somebody else may: guildhall sponsor transfer {{ user.identity | shell }} SPONSOR {{ guest.identity | shell }} --vo {{ vo.name }}{% else %}to let them stay: guildhall sponsor add {{ vo.name }} {{ guest.identity | shell }} --as {{ user.identity | shell }}{% endif %}
{% endfor %}`,
    cs: `
Vaši hosté v {{ vo.title }} odcházejí nebo odešli; poslední den každého:
{% for guest in guests %}- {{ guest.displayName }} ({{ guest.identity }}): {{ guest.lastDay }}; {% if guest.isCountdown %}už za ně neručíte, ale může někdo jiný: guildhall sponsor transfer {{ user.identity | shell }} RUČITEL {{ guest.identity | shell }} --vo {{ vo.name }}{% else %}mají-li zůstat: guildhall sponsor add {{ vo.name }} {{ guest.identity | shell }} --as {{ user.identity | shell }}{% endif %}
{% endfor %}`,
  },
} as const satisfies Readonly<Record<string, Texts>>

const greeting: Texts = {
  en: 'Dear {{ user.displayName }},\n',
  cs: 'Dobrý den, {{ user.displayName }},\n',
}

/** What has a section of its own follows by itself. */
const membershipTexts: Readonly<Record<MembershipEvent, NotificationTexts>> = {
  'group.expiring': {
    subject: {
      en: 'Your membership of a group of {{ vo.title }} ends',
      cs: 'Vaše členství ve skupině {{ vo.title }} končí',
    },
    text: greeting,
  },
  'group.expired': {
    subject: {
      en: 'Your membership of a group of {{ vo.title }} has ended',
      cs: 'Vaše členství ve skupině {{ vo.title }} skončilo',
    },
    text: greeting,
  },
  'guest.expiring': {
    subject: { en: 'A guest of yours in {{ vo.title }} leaves', cs: 'Váš host v {{ vo.title }} odchází' },
    text: greeting,
  },
  'guest.expired': {
    subject: { en: 'A guest of yours in {{ vo.title }} has left', cs: 'Váš host v {{ vo.title }} odešel' },
    text: greeting,
  },
  'guest.countdown': {
    subject: {
      en: 'A guest of yours in {{ vo.title }} has no sponsor any more',
      cs: 'Za Vašeho hosta v {{ vo.title }} už nikdo neručí',
    },
    text: greeting,
  },
  'terms.new': {
    subject: { en: 'Terms of {{ vo.title }} to accept', cs: 'Podmínky {{ vo.title }} k přijetí' },
    text: greeting,
  },
  'terms.due': {
    subject: {
      en: 'The last day to accept the terms of {{ vo.title }} is {{ terms.lastDay }}',
      cs: 'Poslední den k přijetí podmínek {{ vo.title }} je {{ terms.lastDay }}',
    },
    text: greeting,
  },
  'sponsor.left': {
    subject: {
      en: 'Nobody answers for you in {{ vo.title }} any more',
      cs: 'V {{ vo.title }} už za Vás nikdo neručí',
    },
    text: {
      en: `Dear {{ user.displayName }},

your sponsor in {{ vo.title }} has left: the last day of your membership of {{ vo.title }} is {{ membership.lastDay }}.
If you want to stay, ask another sponsor to answer for you: guildhall sponsor add {{ vo.name }} {{ user.identity | shell }} --sponsor SPONSOR
`,
      cs: `Dobrý den, {{ user.displayName }},

Váš ručitel v {{ vo.title }} odešel: poslední den Vašeho členství v {{ vo.title }} je {{ membership.lastDay }}.
Chcete-li zůstat, požádejte jiného ručitele: guildhall sponsor add {{ vo.name }} {{ user.identity | shell }} --sponsor RUČITEL
`,
    },
  },
  'member.expiring': {
    subject: {
      en: 'Your membership of {{ vo.title }} ends',
      cs: 'Vaše členství v {{ vo.title }} končí',
    },
    text: {
      en: `Dear {{ user.displayName }},

the last day of your membership of {{ vo.title }} is {{ membership.lastDay }}. What it lets you use ends with it.
If you want to stay, ask a manager of {{ vo.title }} to extend it: guildhall member extend {{ vo.name }} {{ user.identity | shell }}
If you do not, there is nothing to do. No more of these mails: guildhall notices decline {{ vo.name }} --key {{ notices.key }}
`,
      cs: `Dobrý den, {{ user.displayName }},

poslední den Vašeho členství v {{ vo.title }} je {{ membership.lastDay }}. S ním končí i přístup ke všemu, co umožňuje.
Chcete-li zůstat, požádejte správce {{ vo.title }} o prodloužení: guildhall member extend {{ vo.name }} {{ user.identity | shell }}
Pokud ne, nemusíte dělat nic. Bez dalších upozornění: guildhall notices decline {{ vo.name }} --key {{ notices.key }}
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
If you want to come back, ask a manager of {{ vo.title }} to extend it: guildhall member extend {{ vo.name }} {{ user.identity | shell }}
`,
      cs: `Dobrý den, {{ user.displayName }},

poslední den Vašeho členství v {{ vo.title }} byl {{ membership.lastDay }}.
Chcete-li se vrátit, požádejte správce {{ vo.title }} o prodloužení: guildhall member extend {{ vo.name }} {{ user.identity | shell }}
`,
    },
  },
}

/** What mails say where no Notification document says otherwise. */
export const defaultTexts: Readonly<Record<NotificationEvent, NotificationTexts>> = {
  ...membershipTexts,
  ...applicationTexts,
  ...delegationTexts,
  ...invitationTexts,
  ...reviewTexts,
  ...announcementTexts,
}
