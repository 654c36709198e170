import type { AnnouncementEvent } from './events.ts'
import type { NotificationTexts } from './texts.ts'

const read = 'guildhall terms show {{ vo.name }}'
const accept =
  'guildhall terms accept {{ vo.name }} {{ user.identity | shell }} --version {{ announced.version }} --as {{ user.identity | shell }}'

/** What mails about announced terms say where no Notification document says otherwise. */
export const announcementTexts: Readonly<Record<AnnouncementEvent, NotificationTexts>> = {
  'terms.announced': {
    subject: {
      en: 'New terms of {{ vo.title }} are announced: version {{ announced.version }}',
      cs: '{{ vo.title }} ohlašuje nové podmínky: verze {{ announced.version }}',
    },
    text: {
      en: `Dear {{ user.displayName }},

version {{ announced.version }} of the terms of {{ vo.title }} was announced on {{ announced.on }}; until it comes into force, version {{ announced.inForce }} holds.
Accept it now, and nothing is asked of you then. Otherwise you will be told until when you have to.
To read it: ${read}
To accept it: ${accept}
`,
      cs: `Dobrý den, {{ user.displayName }},

dne {{ announced.on }} byla ohlášena verze {{ announced.version }} podmínek {{ vo.title }}; než začne platit, platí verze {{ announced.inForce }}.
Přijmete-li ji už nyní, nebude pak třeba nic dělat. Jinak Vám sdělíme, do kdy ji máte přijmout.
Znění podmínek: ${read}
Přijetí podmínek: ${accept}
`,
    },
  },
}
