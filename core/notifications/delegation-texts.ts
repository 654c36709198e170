import type { DelegationEvent } from './events.ts'
import type { NotificationTexts } from './texts.ts'

const place = {
  en: '{% if delegation.application != "" %}application {{ delegation.application }}{% elsif delegation.vo != "" %}applications in {{ delegation.vo }}{% else %}applications in all VOs{% endif %}',
  cs: '{% if delegation.application != "" %}žádosti {{ delegation.application }}{% elsif delegation.vo != "" %}žádostech v {{ delegation.vo }}{% else %}žádostech ve všech VO{% endif %}',
} as const

/** What mails about delegations say where no Notification document says otherwise. */
export const delegationTexts: Readonly<Record<DelegationEvent, NotificationTexts>> = {
  'delegation.begun': {
    subject: {
      en: 'You stand in for {{ delegation.delegator }}',
      cs: 'Zastupujete: {{ delegation.delegator }}',
    },
    text: {
      en: `Dear {{ user.displayName }},

you may decide about ${place.en} for {{ delegation.delegator }}, from {{ delegation.from }} on{% if delegation.lastDay != "" %}; the last day is {{ delegation.lastDay }}{% endif %}.
{% if delegation.reason != "" %}Why: {{ delegation.reason }}
{% endif %}To see what waits: guildhall application list --waiting-for {{ user.identity | shell }}
If you do not want to: guildhall delegation end {{ delegation.id }} --as {{ user.identity | shell }}
`,
      cs: `Dobrý den, {{ user.displayName }},

od {{ delegation.from }} můžete rozhodovat o ${place.cs} místo: {{ delegation.delegator }}{% if delegation.lastDay != "" %}; poslední den je {{ delegation.lastDay }}{% endif %}.
{% if delegation.reason != "" %}Důvod: {{ delegation.reason }}
{% endif %}Zobrazit, co čeká: guildhall application list --waiting-for {{ user.identity | shell }}
Pokud nechcete: guildhall delegation end {{ delegation.id }} --as {{ user.identity | shell }}
`,
    },
  },
  'delegation.ended': {
    subject: {
      en: '{% if delegation.isDelegate %}You stand in for {{ delegation.delegator }} no more{% else %}{{ delegation.delegate }} stands in for you no more{% endif %}',
      cs: '{% if delegation.isDelegate %}Už nezastupujete: {{ delegation.delegator }}{% else %}{{ delegation.delegate }} už Vás nezastupuje{% endif %}',
    },
    text: {
      en: `Dear {{ user.displayName }},

the delegation by which {{ delegation.delegate }} decided about ${place.en} for {{ delegation.delegator }} has ended before its time, by {{ delegation.endedBy }}. What was decided by it keeps counting.
{% if delegation.why != "" %}Why: {{ delegation.why }}
{% endif %}To see those there are: guildhall delegation list {% if delegation.isDelegate %}--delegate{% else %}--delegator{% endif %} {{ user.identity | shell }}
`,
      cs: `Dobrý den, {{ user.displayName }},

zastoupení, v němž o ${place.cs} místo {{ delegation.delegator }} rozhoduje {{ delegation.delegate }}, předčasně skončilo; ukončil(a) je {{ delegation.endedBy }}. Co už bylo rozhodnuto, platí dál.
{% if delegation.why != "" %}Důvod: {{ delegation.why }}
{% endif %}Zobrazit zastoupení: guildhall delegation list {% if delegation.isDelegate %}--delegate{% else %}--delegator{% endif %} {{ user.identity | shell }}
`,
    },
  },
}
