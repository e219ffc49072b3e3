import { englishPermissions } from './english-permissions.ts'
import { html } from './html.ts'
import type { Strings } from './strings.ts'

export const english: Strings = {
  theApplication: 'the application',
  banner: 'Access to Microsoft 365',
  notMicrosoft: 'This page belongs to the service that asks for access. It is not a page of Microsoft.',
  reference: 'Reference',
  microsoftReference: 'Microsoft’s reference',
  quoteIt: 'Please quote this if you ask for help.',
  support: 'Ask for help',
  back: (application) => html`Back to ${application}`,
  landing: {
    title: 'Approve access to Microsoft 365',
    heading: (application) => html`${application} asks for access to your Microsoft 365`,
    lead: (application) =>
      html`As an administrator you decide whether ${application} may work with the data of your organisation. Please read what it asks for. You can stop at any time.`,
    who: 'Who asks',
    application: 'Application',
    clientId: 'Application (client) ID',
    supportTerm: 'Support',
    where: 'For which directory',
    directory: 'Directory',
    directoryId: 'Directory (tenant) ID',
    signIn:
      'Sign in with an administrator account of this directory. Microsoft requires the role Privileged Role Administrator or Global Administrator. If you have neither, please forward the link to someone who has one of them.',
    what: 'What it asks for',
    notNamed: 'Microsoft’s page shows you the permissions before you decide.',
    onceApproved: 'What you should know',
    reach: [
      {
        term: 'It reaches every mailbox.',
        text: html`What you approve holds for the whole directory: for every mailbox and every person in it, and not for your account alone.`,
      },
      {
        term: 'Nobody needs to be signed in.',
        text: html`The application works on its own, at any time, until you take the access back.`,
      },
      {
        term: 'You can take it back.',
        text: html`In the Microsoft Entra admin center, under <i>Enterprise applications</i>, choose the application and delete it or remove its permissions.`,
      },
      {
        term: 'Your password stays with you.',
        text: html`You sign in on Microsoft’s own page. This service never sees your password.`,
      },
    ],
    next: 'What happens next',
    steps: [
      'You go to Microsoft’s own page and sign in there.',
      'Microsoft shows you the permissions once more. You accept or decline.',
      'You come back here and see whether everything is in place.',
    ],
    button: 'Continue to Microsoft',
    nothingYet: 'Nothing is approved until you accept on Microsoft’s page.',
  },
  departure: {
    heading: 'Taking you to Microsoft…',
    text: 'Microsoft’s page opens in a moment. You sign in there, and you come back here afterwards.',
    link: 'Continue to Microsoft',
  },
  lookAgain: 'Look again now',
  missing: 'What is missing',
  outcomes: {
    checking: {
      heading: 'Approved. Checking…',
      paragraphs: () => [
        html`Thank you. We are now checking that your approval has arrived everywhere in Microsoft 365. That can take a minute.`,
        html`This page looks again by itself. You can also close it: the service finds out without you.`,
      ],
      retry: 'Start again',
    },
    ready: {
      heading: 'Access approved',
      paragraphs: (application) => [
        html`Thank you. Everything is in place, and ${application} can begin its work.`,
        html`There is nothing more to do. You can close this page.`,
        html`If you ever want to take the access back, you can do so in the Microsoft Entra admin center, under <i>Enterprise applications</i>.`,
      ],
      retry: 'Open the request again',
    },
    permissions_missing: {
      heading: 'Approved, but something is missing',
      paragraphs: (application) => [
        html`Your approval has arrived, but it does not yet cover everything that ${application} asks for. Please open the request again and approve it once more.`,
        html`If the same permissions are missing after that, they are not listed at Microsoft yet. Then please ask the people who sent you the link: only they can add them.`,
      ],
      retry: 'Approve once more',
    },
    cancelled: {
      heading: 'Nothing was approved',
      paragraphs: (application) => [
        html`You left Microsoft’s page without accepting, so ${application} was given no access.`,
        html`If that is what you wanted, there is nothing more to do. If not, you can open the request again.`,
      ],
      retry: 'Open the request again',
    },
    wrong_directory: {
      heading: 'You signed in to another directory',
      paragraphs: () => [
        html`Your account belongs to another directory than the one that this request is for, so nothing was enabled.`,
        html`Please sign out at Microsoft, or use a private window. Then open the request again and sign in with an administrator account of the directory that it names.`,
      ],
      retry: 'Open the request again',
    },
    not_administrator: {
      heading: 'This account may not approve the request',
      paragraphs: () => [
        html`Microsoft lets only certain administrators give this kind of access. They have the role <strong>Privileged Role Administrator</strong> or <strong>Global Administrator</strong>.`,
        html`Please forward the link that you were sent to one of them. If you have such an account yourself, open the request again and sign in with it.`,
      ],
      retry: 'Open the request again',
    },
    link_invalid: {
      heading: 'This link does not work',
      paragraphs: () => [
        html`It may have expired, it may have been withdrawn, or a part of it was lost when it was copied.`,
        html`Please check that you opened the whole link. If you did, ask the people who sent it to you for a new one.`,
      ],
      retry: 'Try again',
    },
    already_used: {
      heading: 'This answer was used already',
      paragraphs: () => [
        html`Each answer from Microsoft counts once. This one was used before: perhaps the page was loaded again or came from the history of your browser.`,
        html`The result is on the page that it led to. If you are unsure, open the link that you were sent again. That does no harm.`,
      ],
      retry: 'Open the request again',
    },
    other_browser: {
      heading: 'This request was started in another browser',
      paragraphs: () => [
        html`For your safety, Microsoft’s answer counts only in the browser in which you opened the request.`,
        html`If you approved it on Microsoft’s page, there is nothing more to do: the service finds out by itself. If not, please open the link again and stay in one browser.`,
      ],
      retry: 'Open the request again',
    },
    microsoft_unavailable: {
      heading: 'Microsoft is not available just now',
      paragraphs: () => [
        html`Microsoft reported a fault that usually passes soon. Neither your account nor your link is the cause.`,
        html`Please try again in a few minutes.`,
      ],
      retry: 'Try again',
    },
    microsoft_refused: {
      heading: 'Microsoft refused the request',
      paragraphs: (application) => [
        html`Microsoft did not accept this request, so ${application} was given no access. Trying again is unlikely to help.`,
        html`Please tell the people who sent you the link, and give them the references on this page. With those they can find the cause.`,
      ],
      retry: 'Try again',
    },
    not_verified: {
      heading: 'Approved. The last check is still to come',
      paragraphs: () => [
        html`Microsoft reported your approval, but the service could not check it yet.`,
        html`There is nothing for you to do: those who run the service have been told. You can close this page.`,
      ],
      retry: 'Open the request again',
    },
    too_many: {
      heading: 'Too many requests',
      paragraphs: () => [
        html`This page was asked for very often within a short time.`,
        html`Please wait a minute and then try again.`,
      ],
      retry: 'Try again',
    },
    unavailable: {
      heading: 'This page is not available just now',
      paragraphs: () => [
        html`Something does not work on our side. If you have approved the access on Microsoft’s page already, that approval stands.`,
        html`Please try again in a few minutes.`,
      ],
      retry: 'Try again',
    },
  },
  permissions: englishPermissions,
}
