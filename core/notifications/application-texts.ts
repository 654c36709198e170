import type { ApplicationEvent } from './events.ts'
import type { NotificationTexts, Texts } from './texts.ts'

const greeting: Texts = { en: 'Dear {{ user.displayName }},', cs: 'Dobrý den, {{ user.displayName }},' }

/** What is said of `application.reason`, where there is one. */
const reason = '{% if application.reason != "" %}\n{{ application.reason }}\n{% endif %}'

const show = 'guildhall application show {{ application.id }}'
const again =
  'guildhall application submit {{ application.for }}{% if application.kind == "extension" %} --extension{% endif %} --as {{ user.identity | shell }} --answers answers.json'

const toApplicant = (en: string, cs: string): Texts => ({
  en: `${greeting['en']}\n\n${en}\nTo see it: ${show}\n`,
  cs: `${greeting['cs']}\n\n${cs}\nZobrazit: ${show}\n`,
})

const toDeciders = (en: string, cs: string): Texts => ({
  en: `${greeting['en']}

${en}
Filed by {{ application.displayName }} ({{ application.identity }}) on {{ application.filedOn }}.
To look at it: ${show}
To decide: guildhall application approve {{ application.id }} --as {{ user.identity | shell }}, or reject, or request-changes with --reason
`,
  cs: `${greeting['cs']}

${cs}
Podal(a) {{ application.displayName }} ({{ application.identity }}) dne {{ application.filedOn }}.
Zobrazit: ${show}
Rozhodnout: guildhall application approve {{ application.id }} --as {{ user.identity | shell }}, případně reject nebo request-changes s --reason
`,
})

/** What mails about applications say where no Notification document says otherwise. */
export const applicationTexts: Readonly<Record<ApplicationEvent, NotificationTexts>> = {
  'application.filed': {
    subject: {
      en: 'Your application for {{ application.title }} has arrived',
      cs: 'Vaše žádost o {{ application.title }} byla přijata',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} has arrived.{% if application.waitingFor == "vo-member" %} It waits until you are a member of {{ vo.title }}.{% else %} You will be told once it is decided.{% endif %}
To take it back: guildhall application withdraw {{ application.id }} --as {{ user.identity | shell }}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} byla přijata.{% if application.waitingFor == "vo-member" %} Čeká, než se stanete členem {{ vo.title }}.{% else %} O rozhodnutí Vás budeme informovat.{% endif %}
Vzít žádost zpět: guildhall application withdraw {{ application.id }} --as {{ user.identity | shell }}`,
    ),
  },
  'application.resubmitted': {
    subject: {
      en: 'Your changed application for {{ application.title }} has arrived',
      cs: 'Vaše upravená žádost o {{ application.title }} byla přijata',
    },
    text: toApplicant(
      `your changed answers to application {{ application.id }} for {{ application.title }} have arrived. You will be told once it is decided.`,
      `Vaše upravené odpovědi v žádosti {{ application.id }} o {{ application.title }} byly přijaty. O rozhodnutí Vás budeme informovat.`,
    ),
  },
  'application.verification': {
    subject: {
      en: 'Confirm your address for {{ application.title }}',
      cs: 'Potvrďte svou adresu pro {{ application.title }}',
    },
    text: {
      en: `${greeting['en']}

somebody has applied for {{ application.title }} and gave {{ verification.address }} as their address. If it was you, confirm it; the application goes on then.
To confirm it: guildhall application verify {{ verification.key }}
The key counts once, until {{ verification.until }}. For another one: guildhall application resend {{ application.id }} --as {{ user.identity | shell }}
If it was not you, there is nothing to do.
`,
      cs: `${greeting['cs']}

někdo požádal o {{ application.title }} a uvedl adresu {{ verification.address }}. Pokud jste to byli Vy, potvrďte ji; žádost pak bude pokračovat.
Potvrdit: guildhall application verify {{ verification.key }}
Klíč platí jednou, do {{ verification.until }}. Nový klíč: guildhall application resend {{ application.id }} --as {{ user.identity | shell }}
Pokud jste to nebyli Vy, nemusíte dělat nic.
`,
    },
  },
  'application.approved': {
    subject: {
      en: 'Your application for {{ application.title }} is approved',
      cs: 'Vaše žádost o {{ application.title }} je schválena',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} is approved.{% if membership.lastDay != "" %} The last day of your membership is {{ membership.lastDay }}.{% endif %}{% if membership.status == "INVALID" %}
Something is missing yet, which your membership needs; to see what: guildhall members {{ vo.name }}{% endif %}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} je schválena.{% if membership.lastDay != "" %} Poslední den Vašeho členství je {{ membership.lastDay }}.{% endif %}{% if membership.status == "INVALID" %}
Členství ještě něco chybí; co, ukáže: guildhall members {{ vo.name }}{% endif %}`,
    ),
  },
  'application.rejected': {
    subject: {
      en: 'Your application for {{ application.title }} is rejected',
      cs: 'Vaše žádost o {{ application.title }} je zamítnuta',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} is rejected.${reason}
To apply again: ${again}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} je zamítnuta.${reason}
Podat novou žádost: ${again}`,
    ),
  },
  'application.silence': {
    subject: {
      en: 'Your application for {{ application.title }} has lapsed',
      cs: 'Vaše žádost o {{ application.title }} propadla',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} has lapsed: {{ application.reason | remove_first: "silence: " }}.
To apply again: ${again}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} propadla: {{ application.reason | remove_first: "silence: " }}.
Podat novou žádost: ${again}`,
    ),
  },
  'application.target-gone': {
    subject: {
      en: 'What you applied for is gone: {{ application.title }}',
      cs: 'O co jste žádali, už není: {{ application.title }}',
    },
    text: toApplicant(
      `what your application {{ application.id }} for {{ application.title }} asked for, or its form, is there no more, so it is rejected.
To see what one can apply for: guildhall form list`,
      `To, oč jste v žádosti {{ application.id }} o {{ application.title }} žádali, nebo příslušný formulář už neexistuje, a je proto zamítnuta.
O co lze žádat: guildhall form list`,
    ),
  },
  'application.changes-requested': {
    subject: {
      en: 'Your application for {{ application.title }} needs changes',
      cs: 'Vaše žádost o {{ application.title }} potřebuje úpravy',
    },
    text: toApplicant(
      `before your application {{ application.id }} for {{ application.title }} can be decided, something has to be changed:
${reason}
To answer anew: guildhall application resubmit {{ application.id }} --as {{ user.identity | shell }} --answers answers.json`,
      `než bude možné o Vaší žádosti {{ application.id }} o {{ application.title }} rozhodnout, je třeba něco upravit:
${reason}
Odpovědět znovu: guildhall application resubmit {{ application.id }} --as {{ user.identity | shell }} --answers answers.json`,
    ),
  },
  'application.withdrawn': {
    subject: {
      en: 'Your application for {{ application.title }} is withdrawn',
      cs: 'Vaše žádost o {{ application.title }} je vzata zpět',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} is withdrawn; nobody will decide about it.
To apply again: ${again}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} je vzata zpět; nikdo o ní nebude rozhodovat.
Podat novou žádost: ${again}`,
    ),
  },
  'application.full': {
    subject: {
      en: 'Your application for {{ application.title }} waits for a place',
      cs: 'Vaše žádost o {{ application.title }} čeká na volné místo',
    },
    text: toApplicant(
      `your application {{ application.id }} for {{ application.title }} is approved, but there is no place at present. It stays open: you come in once a place gets free, and will be told.
To take it back: guildhall application withdraw {{ application.id }} --as {{ user.identity | shell }}`,
      `Vaše žádost {{ application.id }} o {{ application.title }} je schválena, ale není volné místo. Zůstává otevřená: jakmile se místo uvolní, budete přijati a informováni.
Vzít žádost zpět: guildhall application withdraw {{ application.id }} --as {{ user.identity | shell }}`,
    ),
  },
  'application.failed': {
    subject: {
      en: 'Application {{ application.id }} for {{ application.title }}, which you approved, came to nothing',
      cs: 'Žádost {{ application.id }} o {{ application.title }}, kterou jste schválili, nebylo možné provést',
    },
    text: toDeciders(
      `application {{ application.id }} for {{ application.title }}, which you approved, could not be carried out:${reason}`,
      `žádost {{ application.id }} o {{ application.title }}, kterou jste schválili, nebylo možné provést:${reason}`,
    ),
  },
  'application.reminder': {
    subject: {
      en: 'Application {{ application.id }} for {{ application.title }} still waits for a decision',
      cs: 'Žádost {{ application.id }} o {{ application.title }} stále čeká na rozhodnutí',
    },
    text: toDeciders(
      `application {{ application.id }} for {{ application.title }} still waits for your decision.`,
      `žádost {{ application.id }} o {{ application.title }} stále čeká na Vaše rozhodnutí.`,
    ),
  },
  'application.escalated': {
    subject: {
      en: 'Application {{ application.id }} for {{ application.title }} waits for you now',
      cs: 'Žádost {{ application.id }} o {{ application.title }} nyní čeká na Vás',
    },
    text: toDeciders(
      `nobody decided in time about application {{ application.id }} for {{ application.title }}, so you may decide too.`,
      `o žádosti {{ application.id }} o {{ application.title }} nikdo včas nerozhodl, můžete proto rozhodnout i Vy.`,
    ),
  },
  'application.digest': {
    subject: {
      en: '{{ count }} {% if count == 1 %}application waits{% else %}applications wait{% endif %} for your decision',
      cs: 'Na Vaše rozhodnutí {% if count > 1 and count < 5 %}čekají {{ count }} žádosti{% else %}čeká {{ count }} {% if count == 1 %}žádost{% else %}žádostí{% endif %}{% endif %}',
    },
    text: {
      en: `${greeting['en']}

these wait for your decision, the oldest for {{ longestDays }} {% if longestDays == 1 %}day{% else %}days{% endif %}:
{% for one in waiting %}- {{ one.id }}: {{ one.displayName }} ({{ one.identity }}) for {{ one.title }}, since {{ one.since }}
{% endfor %}{% if more > 0 %}and {{ more }} more
{% endif %}
To see all: guildhall application list --waiting-for {{ user.identity | shell }}
To decide: guildhall application approve NUMBER --as {{ user.identity | shell }}, or reject, or request-changes with --reason
`,
      cs: `${greeting['cs']}

na Vaše rozhodnutí čekají, nejstarší {{ longestDays }} {% if longestDays == 1 %}den{% elsif longestDays > 1 and longestDays < 5 %}dny{% else %}dní{% endif %}:
{% for one in waiting %}- {{ one.id }}: {{ one.displayName }} ({{ one.identity }}) o {{ one.title }}, od {{ one.since }}
{% endfor %}{% if more > 0 %}a dalších {{ more }}
{% endif %}
Zobrazit všechny: guildhall application list --waiting-for {{ user.identity | shell }}
Rozhodnout: guildhall application approve ČÍSLO --as {{ user.identity | shell }}, případně reject nebo request-changes s --reason
`,
    },
  },
}
