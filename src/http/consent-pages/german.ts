import { germanPermissions } from './german-permissions.ts'
import { html } from './html.ts'
import type { Strings } from './strings.ts'

export const german: Strings = {
  theApplication: 'die Anwendung',
  banner: 'Zugriff auf Microsoft 365',
  notMicrosoft: 'Diese Seite gehört zu dem Dienst, der um Zugriff bittet. Sie ist keine Seite von Microsoft.',
  reference: 'Kennung',
  microsoftReference: 'Kennung bei Microsoft',
  quoteIt: 'Bitte nennen Sie diese Angaben, wenn Sie Hilfe benötigen.',
  support: 'Hilfe anfordern',
  back: (application) => html`Zurück: ${application}`,
  landing: {
    title: 'Zugriff auf Microsoft 365 genehmigen',
    heading: (application) => html`${application} bittet um Zugriff auf Ihr Microsoft 365`,
    lead: (application) =>
      html`Als Administratorin oder Administrator entscheiden Sie, ob ${application} mit den Daten Ihrer Organisation arbeiten darf. Bitte lesen Sie, worum es geht. Sie können jederzeit abbrechen.`,
    who: 'Wer um Zugriff bittet',
    application: 'Anwendung',
    clientId: 'Anwendungs-ID (Client)',
    supportTerm: 'Support',
    where: 'Für welches Verzeichnis',
    directory: 'Verzeichnis',
    directoryId: 'Verzeichnis-ID (Mandant)',
    signIn:
      'Bitte melden Sie sich mit einem Administratorkonto dieses Verzeichnisses an. Microsoft verlangt dafür die Rolle „Administrator für privilegierte Rollen“ oder „Globaler Administrator“. Wenn Sie keine der beiden haben, leiten Sie den Link bitte an jemanden weiter, der sie hat.',
    what: 'Worum die Anwendung bittet',
    notNamed: 'Microsoft zeigt Ihnen die Berechtigungen, bevor Sie entscheiden.',
    onceApproved: 'Was Sie wissen sollten',
    reach: [
      {
        term: 'Der Zugriff umfasst alle Postfächer.',
        text: html`Ihre Genehmigung gilt für das gesamte Verzeichnis: für jedes Postfach und jede Person darin, nicht nur für Ihr eigenes Konto.`,
      },
      {
        term: 'Niemand muss angemeldet sein.',
        text: html`Die Anwendung arbeitet selbstständig und jederzeit, bis Sie ihr den Zugriff wieder entziehen.`,
      },
      {
        term: 'Sie können den Zugriff widerrufen.',
        text: html`Wählen Sie dazu im Microsoft Entra Admin Center unter <i>Unternehmensanwendungen</i> die Anwendung aus und löschen Sie sie, oder entfernen Sie ihre Berechtigungen.`,
      },
      {
        term: 'Ihr Kennwort bleibt bei Ihnen.',
        text: html`Sie melden sich auf der Seite von Microsoft an. Dieser Dienst sieht Ihr Kennwort nie.`,
      },
    ],
    next: 'Wie es weitergeht',
    steps: [
      'Sie gelangen auf die Seite von Microsoft und melden sich dort an.',
      'Microsoft zeigt Ihnen die Berechtigungen noch einmal. Sie stimmen zu oder lehnen ab.',
      'Sie kehren hierher zurück und sehen, ob alles eingerichtet ist.',
    ],
    button: 'Weiter zu Microsoft',
    nothingYet: 'Genehmigt ist erst dann etwas, wenn Sie auf der Seite von Microsoft zustimmen.',
  },
  departure: {
    heading: 'Sie werden zu Microsoft weitergeleitet …',
    text: 'Gleich öffnet sich die Seite von Microsoft. Dort melden Sie sich an, danach kehren Sie hierher zurück.',
    link: 'Weiter zu Microsoft',
  },
  lookAgain: 'Jetzt erneut nachsehen',
  missing: 'Was noch fehlt',
  outcomes: {
    checking: {
      heading: 'Genehmigt. Wir prüfen noch …',
      paragraphs: () => [
        html`Vielen Dank. Wir prüfen jetzt, ob Ihre Genehmigung überall in Microsoft 365 angekommen ist. Das kann eine Minute dauern.`,
        html`Diese Seite sieht von selbst erneut nach. Sie können sie auch schließen: Der Dienst erfährt das Ergebnis ohne Ihr Zutun.`,
      ],
      retry: 'Von vorn beginnen',
    },
    ready: {
      heading: 'Der Zugriff ist genehmigt',
      paragraphs: (application) => [
        html`Vielen Dank. Alles ist eingerichtet, und ${application} kann die Arbeit aufnehmen.`,
        html`Für Sie ist nichts weiter zu tun. Sie können diese Seite schließen.`,
        html`Möchten Sie den Zugriff später widerrufen, so können Sie das im Microsoft Entra Admin Center unter <i>Unternehmensanwendungen</i> tun.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    permissions_missing: {
      heading: 'Genehmigt, aber es fehlt noch etwas',
      paragraphs: (application) => [
        html`Ihre Genehmigung ist angekommen. Sie umfasst aber noch nicht alles, worum ${application} bittet. Bitte öffnen Sie die Anfrage erneut und stimmen Sie noch einmal zu.`,
        html`Fehlen danach dieselben Berechtigungen, so sind sie bei Microsoft noch nicht eingetragen. Bitte wenden Sie sich dann an die Absender des Links: Nur sie können das ergänzen.`,
      ],
      retry: 'Noch einmal genehmigen',
    },
    cancelled: {
      heading: 'Es wurde nichts genehmigt',
      paragraphs: (application) => [
        html`Sie haben die Seite von Microsoft verlassen, ohne zuzustimmen. Deshalb hat ${application} keinen Zugriff erhalten.`,
        html`Wenn Sie das so wollten, ist nichts weiter zu tun. Andernfalls können Sie die Anfrage erneut öffnen.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    wrong_directory: {
      heading: 'Sie haben sich in einem anderen Verzeichnis angemeldet',
      paragraphs: () => [
        html`Ihr Konto gehört zu einem anderen Verzeichnis als dem, für das diese Anfrage bestimmt ist. Deshalb wurde nichts freigeschaltet.`,
        html`Bitte melden Sie sich bei Microsoft ab oder verwenden Sie ein privates Fenster. Öffnen Sie dann die Anfrage erneut und melden Sie sich mit einem Administratorkonto des dort genannten Verzeichnisses an.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    not_administrator: {
      heading: 'Dieses Konto darf die Anfrage nicht genehmigen',
      paragraphs: () => [
        html`Diese Art von Zugriff dürfen bei Microsoft nur bestimmte Administratoren genehmigen. Sie haben die Rolle <strong>Administrator für privilegierte Rollen</strong> oder <strong>Globaler Administrator</strong>.`,
        html`Bitte leiten Sie den Link, den Sie erhalten haben, an eine dieser Personen weiter. Haben Sie selbst ein solches Konto, so öffnen Sie die Anfrage erneut und melden Sie sich damit an.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    link_invalid: {
      heading: 'Dieser Link funktioniert nicht',
      paragraphs: () => [
        html`Vielleicht ist er abgelaufen, er wurde zurückgezogen, oder beim Kopieren ging ein Teil verloren.`,
        html`Bitte prüfen Sie, ob Sie den vollständigen Link geöffnet haben. Wenn ja, bitten Sie die Absender um einen neuen.`,
      ],
      retry: 'Erneut versuchen',
    },
    already_used: {
      heading: 'Diese Antwort wurde bereits verwendet',
      paragraphs: () => [
        html`Jede Antwort von Microsoft gilt nur einmal. Diese wurde schon verwendet: Vielleicht wurde die Seite neu geladen oder aus dem Verlauf Ihres Browsers geöffnet.`,
        html`Das Ergebnis steht auf der Seite, zu der sie geführt hat. Wenn Sie unsicher sind, öffnen Sie einfach noch einmal den Link, den Sie erhalten haben. Das schadet nicht.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    other_browser: {
      heading: 'Diese Anfrage wurde in einem anderen Browser begonnen',
      paragraphs: () => [
        html`Zu Ihrer Sicherheit gilt die Antwort von Microsoft nur in dem Browser, in dem Sie die Anfrage geöffnet haben.`,
        html`Wenn Sie auf der Seite von Microsoft zugestimmt haben, ist nichts weiter zu tun: Der Dienst erfährt es von selbst. Andernfalls öffnen Sie den Link bitte erneut und bleiben Sie in einem Browser.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    microsoft_unavailable: {
      heading: 'Microsoft ist gerade nicht erreichbar',
      paragraphs: () => [
        html`Microsoft hat eine Störung gemeldet, die meist bald vorübergeht. Es liegt weder an Ihrem Konto noch an Ihrem Link.`,
        html`Bitte versuchen Sie es in einigen Minuten erneut.`,
      ],
      retry: 'Erneut versuchen',
    },
    microsoft_refused: {
      heading: 'Microsoft hat die Anfrage abgelehnt',
      paragraphs: (application) => [
        html`Microsoft hat diese Anfrage nicht angenommen. Deshalb hat ${application} keinen Zugriff erhalten. Ein neuer Versuch hilft vermutlich nicht.`,
        html`Bitte wenden Sie sich an die Absender des Links und nennen Sie ihnen die Kennungen auf dieser Seite. Damit lässt sich die Ursache finden.`,
      ],
      retry: 'Erneut versuchen',
    },
    not_verified: {
      heading: 'Genehmigt. Die letzte Prüfung steht noch aus',
      paragraphs: () => [
        html`Microsoft hat Ihre Genehmigung gemeldet, der Dienst konnte sie aber noch nicht prüfen.`,
        html`Für Sie ist nichts zu tun: Die Betreiber des Dienstes sind benachrichtigt. Sie können diese Seite schließen.`,
      ],
      retry: 'Anfrage erneut öffnen',
    },
    too_many: {
      heading: 'Zu viele Anfragen',
      paragraphs: () => [
        html`Diese Seite wurde in kurzer Zeit sehr oft aufgerufen.`,
        html`Bitte warten Sie eine Minute und versuchen Sie es dann erneut.`,
      ],
      retry: 'Erneut versuchen',
    },
    unavailable: {
      heading: 'Diese Seite ist gerade nicht verfügbar',
      paragraphs: () => [
        html`Auf unserer Seite ist eine Störung aufgetreten. Haben Sie den Zugriff auf der Seite von Microsoft bereits genehmigt, so gilt diese Genehmigung weiterhin.`,
        html`Bitte versuchen Sie es in einigen Minuten erneut.`,
      ],
      retry: 'Erneut versuchen',
    },
  },
  permissions: germanPermissions,
}
