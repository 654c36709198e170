import type { InvitationEvent } from './events.ts'
import type { NotificationTexts } from './texts.ts'

const accept = 'guildhall invitation accept --key {{ invitation.key }} --as IDENTITY --answers answers.json'
const decline = 'guildhall invitation decline --key {{ invitation.key }}'

/** What mails with invitations say where no Notification document says otherwise. */
export const invitationTexts: Readonly<Record<InvitationEvent, NotificationTexts>> = {
  'invitation.sent': {
    subject: { en: 'Invitation to {{ invitation.title }}', cs: 'Pozvánka do {{ invitation.title }}' },
    text: {
      en: `Dear {{ user.displayName }},

{{ invitation.inviter }} invites you to {{ invitation.title }}{% if invitation.isToGroup %} of {{ vo.title }}{% endif %}.{% if invitation.isPreApproved %} Your application is approved beforehand.{% endif %}
{% if invitation.message != "" %}
{{ invitation.message }}
{% endif %}
To apply: ${accept}{% if invitation.isToGroup %} --vo-answers vo-answers.json{% endif %}
To decline: ${decline}
The key is for you alone, works once, and counts until {{ invitation.lastDay }}.
`,
      cs: `Dobrý den, {{ user.displayName }},

{{ invitation.inviter }} Vás zve do {{ invitation.title }}{% if invitation.isToGroup %} ({{ vo.title }}){% endif %}.{% if invitation.isPreApproved %} Vaše žádost je předem schválena.{% endif %}
{% if invitation.message != "" %}
{{ invitation.message }}
{% endif %}
Podat žádost: ${accept}{% if invitation.isToGroup %} --vo-answers vo-answers.json{% endif %}
Odmítnout: ${decline}
Klíč je jen pro Vás, lze ho použít jednou a platí do {{ invitation.lastDay }}.
`,
    },
  },
  'invitation.digest': {
    subject: {
      en: '{{ count }} of your invitations {% if count == 1 %}has{% else %}have{% endif %} ended{% if accepted > 0 %}, {{ accepted }} accepted{% endif %}',
      cs: 'Skončené pozvánky: {{ count }}{% if accepted > 0 %}, z toho přijaté: {{ accepted }}{% endif %}',
    },
    text: {
      en: `Dear {{ user.displayName }},

of your invitations {{ accepted }} {% if accepted == 1 %}was{% else %}were{% endif %} accepted, {{ declined }} declined, and {{ expired }} ran out:
{% for one in invitations %}- {{ one.id }}: {% if one.name != "" %}{{ one.name }}, {% endif %}{{ one.address }} to {{ one.title }}, {{ one.state }} on {{ one.on }}{% if one.reason != "" %}: {{ one.reason }}{% endif %}
{% endfor %}{% if more > 0 %}and {{ more }} more
{% endif %}
To see one: guildhall invitation show NUMBER
To send one again that ran out: guildhall invitation resend NUMBER --as {{ user.identity | shell }}
`,
      cs: `Dobrý den, {{ user.displayName }},

z Vašich pozvánek je přijato {{ accepted }}, odmítnuto {{ declined }} a vypršelo {{ expired }}:
{% for one in invitations %}- {{ one.id }}: {% if one.name != "" %}{{ one.name }}, {% endif %}{{ one.address }} do {{ one.title }}, {% case one.state %}{% when "accepted" %}přijata{% when "declined" %}odmítnuta{% else %}vypršela{% endcase %} {{ one.on }}{% if one.reason != "" %}: {{ one.reason }}{% endif %}
{% endfor %}{% if more > 0 %}a dalších {{ more }}
{% endif %}
Zobrazit jednu: guildhall invitation show ČÍSLO
Poslat znovu, která vypršela: guildhall invitation resend ČÍSLO --as {{ user.identity | shell }}
`,
    },
  },
}
