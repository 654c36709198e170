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
}
