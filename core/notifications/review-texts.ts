import type { ReviewEvent } from './events.ts'
import type { NotificationTexts, Texts } from './texts.ts'

const greeting: Texts = { en: 'Dear {{ user.displayName }},', cs: 'Dobrý den, {{ user.displayName }},' }

const toReviewers = (en: string, cs: string): Texts => ({
  en: `${greeting['en']}

${en}
Waiting for you: {{ review.waiting }}. About whom nobody decides: {% if review.unanswered == "remove" %}they go{% else %}they stay{% endif %}.{% if review.reason != "" %}
Why: {{ review.reason }}{% endif %}
To see them: guildhall review show {{ review.id }} --waiting-for {{ user.identity | shell }}
To decide: guildhall review decide {{ review.id }} IDENTITY --keep --as {{ user.identity | shell }}, or --remove, or --to SPONSOR
`,
  cs: `${greeting['cs']}

${cs}
Čeká na Vás: {{ review.waiting }}. O kom nikdo nerozhodne, {% if review.unanswered == "remove" %}odejde{% else %}zůstane{% endif %}.{% if review.reason != "" %}
Důvod: {{ review.reason }}{% endif %}
Zobrazit: guildhall review show {{ review.id }} --waiting-for {{ user.identity | shell }}
Rozhodnout: guildhall review decide {{ review.id }} IDENTITA --keep --as {{ user.identity | shell }}, případně --remove nebo --to RUČITEL
`,
})

/** What mails about reviews say where no Notification document says otherwise. */
export const reviewTexts: Readonly<Record<ReviewEvent, NotificationTexts>> = {
  'review.opened': {
    subject: {
      en: 'Who still needs {{ review.title }}? Please review until {{ review.dueOn }}',
      cs: 'Kdo ještě potřebuje {{ review.title }}? Prosíme o revizi do {{ review.dueOn }}',
    },
    text: toReviewers(
      'please say of each of those in {{ review.title }} whether they still need it. The review is over on {{ review.dueOn }}.',
      'prosíme, sdělte u každého, kdo je v {{ review.title }}, zda to ještě potřebuje. Revize končí {{ review.dueOn }}.',
    ),
  },
  'review.reminder': {
    subject: {
      en: 'The review of {{ review.title }} is over on {{ review.dueOn }}',
      cs: 'Revize {{ review.title }} končí {{ review.dueOn }}',
    },
    text: toReviewers(
      'the review of {{ review.title }} is over on {{ review.dueOn }}, and people still wait for your decision.',
      'revize {{ review.title }} končí {{ review.dueOn }} a někteří lidé stále čekají na Vaše rozhodnutí.',
    ),
  },
  'review.closed': {
    subject: {
      en: 'The review of {{ review.title }} is {{ review.state }}',
      cs: 'Revize {{ review.title }} skončila',
    },
    text: {
      en: `${greeting['en']}

the review of {{ review.title }} is {{ review.state }}{% if review.outcome != "" %} ({{ review.outcome }}){% endif %}: {{ review.removed }} rows of memberships were taken, {{ review.unresolved }} have to be changed where they come from.
To see it: guildhall review show {{ review.id }}
`,
      cs: `${greeting['cs']}

revize {{ review.title }} skončila ({{ review.state }}{% if review.outcome != "" %}, {{ review.outcome }}{% endif %}): odebráno {{ review.removed }} záznamů členství, {{ review.unresolved }} je třeba změnit tam, odkud pocházejí.
Zobrazit: guildhall review show {{ review.id }}
`,
    },
  },
  'review.removed': {
    subject: {
      en: 'A review has ended {% if lost.size == 1 %}your membership of {{ lost[0].title }}{% else %}memberships of yours in {{ vo.title }}{% endif %}',
      cs: 'Revize ukončila {% if lost.size == 1 %}Vaše členství v {{ lost[0].title }}{% else %}Vaše členství ve {{ vo.title }}{% endif %}',
    },
    text: {
      en: `${greeting['en']}

in a review of {{ review.title }} it was found that you do not need this any more, and it has ended:
{% for one in lost %}- {% if one.isVo %}the membership of {{ one.title }}{% else %}the group {{ one.title }} of {{ vo.title }}{% endif %}
{% endfor %}
If you still need it, apply: guildhall application submit {{ lost[0].of }} --as {{ user.identity | shell }} --answers answers.json, or write to a manager of {{ vo.title }}.
`,
      cs: `${greeting['cs']}

při revizi {{ review.title }} se ukázalo, že toto už nepotřebujete, a skončilo to:
{% for one in lost %}- {% if one.isVo %}členství v {{ one.title }}{% else %}skupina {{ one.title }} ({{ vo.title }}){% endif %}
{% endfor %}
Potřebujete-li to dál, požádejte: guildhall application submit {{ lost[0].of }} --as {{ user.identity | shell }} --answers answers.json, nebo napište správci {{ vo.title }}.
`,
    },
  },
}
