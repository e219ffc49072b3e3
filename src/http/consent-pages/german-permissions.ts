import type { PermissionWords } from './english-permissions.ts'

export const germanPermissions: PermissionWords = {
  'AgentCommunicationConfiguration.Read.All': 'Lesen, wie die Agents Ihrer Organisation kommunizieren',
  'AgentCommunicationConfiguration.ReadWrite.All':
    'Lesen und ändern, wie die Agents Ihrer Organisation kommunizieren',
  'AgreementAcceptance.Read.All': 'Sehen, wer Ihre Nutzungsbedingungen akzeptiert hat',
  'AiEnterpriseInteraction.Read.All':
    'Lesen, was alle Personen Microsoft 365 Copilot fragen, und die Antworten',
  'Application.Read.All': 'Alle Anwendungen lesen, die in Ihrem Verzeichnis registriert sind',
  'Application.ReadWrite.All': 'Alle Anwendungen in Ihrem Verzeichnis anlegen, ändern und löschen',
  'Application.ReadWrite.OwnedBy': 'Anwendungen in Ihrem Verzeichnis anlegen und die eigenen verwalten',
  'ApprovalSolution.Read.All': 'Alle Anfragen und Entscheidungen der App „Genehmigungen“ lesen',
  'ApprovalSolution.ReadWrite.All':
    'Die App „Genehmigungen“ lesen und sich über Änderungen darin benachrichtigen lassen',
  'Calendars.Read': 'Die Kalender in allen Postfächern lesen',
  'Calendars.ReadBasic.All': 'Zeit, Ort und Titel der Termine in allen Postfächern sehen, nicht ihre Texte',
  'Calendars.ReadWrite': 'Termine in allen Postfächern lesen, anlegen, ändern und löschen',
  'CallDelegation.Read.All': 'Sehen, wer für wen Anrufe annehmen darf',
  'CallDelegation.ReadWrite.All': 'Sehen und ändern, wer für wen Anrufe annehmen darf',
  'CallEvents.Read.All': 'Sehen, wann Anrufe beginnen und enden und wer teilnimmt',
  'Chat.Read.All': 'Alle Chats in Microsoft Teams lesen',
  'Chat.ReadBasic.All': 'Sehen, wer an welchem Chat in Microsoft Teams teilnimmt, nicht die Inhalte',
  'Chat.ReadWrite.All': 'Alle Chats in Microsoft Teams lesen und ändern',
  'ChatMember.Read.All': 'Die Mitglieder aller Chats in Microsoft Teams sehen',
  'ChatMember.ReadWrite.All': 'Mitglieder zu allen Chats in Microsoft Teams hinzufügen und daraus entfernen',
  'ChatMessage.Read.All': 'Alle Chatnachrichten in Microsoft Teams lesen',
  'ConsentRequest.Read.All': 'Lesen, um welche Anwendungen Personen Sie gebeten haben',
  'Contacts.Read': 'Die Kontakte in allen Postfächern lesen',
  'Contacts.ReadWrite': 'Kontakte in allen Postfächern lesen, anlegen, ändern und löschen',
  'CrossTenantUserProfileSharing.Read.All':
    'Profile lesen und exportieren, die mit anderen Organisationen geteilt sind',
  'CrossTenantUserProfileSharing.ReadWrite.All':
    'Profile lesen, exportieren und löschen, die mit anderen Organisationen geteilt sind',
  'Device.Read.All': 'Alle Geräte lesen, die in Ihrem Verzeichnis registriert sind',
  'Device.ReadWrite.All': 'Alle Geräte lesen und ändern, die in Ihrem Verzeichnis registriert sind',
  'Directory.Read.All': 'Ihr Verzeichnis lesen: Personen, Gruppen, Anwendungen und Geräte',
  'Directory.ReadWrite.All': 'Ihr Verzeichnis lesen und ändern: Personen, Gruppen und Anwendungen',
  'Domain.ReadWrite.All': 'Die Domänen Ihrer Organisation lesen, hinzufügen, ändern und entfernen',
  'EduAdministration.Read.All': 'Die Einstellungen der Education-Apps lesen',
  'EduAdministration.ReadWrite.All': 'Die Einstellungen der Education-Apps lesen und ändern',
  'EduAssignments.Read.All': 'Alle Aufgaben der Kurse lesen, mit Noten',
  'EduAssignments.ReadBasic.All': 'Alle Aufgaben der Kurse lesen, ohne Noten',
  'EduAssignments.ReadWrite.All': 'Alle Aufgaben der Kurse lesen, anlegen, ändern und löschen, mit Noten',
  'EduAssignments.ReadWriteBasic.All':
    'Alle Aufgaben der Kurse lesen, anlegen, ändern und löschen, ohne Noten',
  'EduCurricula.Read.All': 'Alle Module und Materialien der Kurse lesen',
  'EduCurricula.ReadWrite.All': 'Alle Module und Materialien der Kurse lesen, anlegen, ändern und löschen',
  'EduRoster.Read.All': 'Schulen, Kurse, Lernende und Lehrkräfte lesen',
  'EduRoster.ReadBasic.All': 'Einige Angaben zu Schulen, Kursen, Lernenden und Lehrkräften lesen',
  'EduRoster.ReadWrite.All': 'Schulen, Kurse, Lernende und Lehrkräfte lesen und ändern',
  'EngagementRole.Read.All': 'Lesen, wer welche Rolle in Viva Engage hat',
  'Files.Read.All': 'Alle Dateien in OneDrive, SharePoint und Teams lesen',
  'Files.ReadWrite.All': 'Alle Dateien in OneDrive, SharePoint und Teams lesen, anlegen, ändern und löschen',
  'Group.Read.All': 'Alle Gruppen, ihre Mitglieder und ihre gemeinsamen Inhalte lesen',
  'Group.ReadWrite.All':
    'Alle Gruppen, ihre Mitglieder und ihre gemeinsamen Inhalte anlegen, ändern und löschen',
  'InformationProtectionConfig.Read.All': 'Lesen, wie Daten für jede Person geschützt werden',
  'InformationProtectionPolicy.Read.All': 'Die Vertraulichkeitsbezeichnungen Ihrer Organisation lesen',
  'LearningAssignedCourse.Read.All': 'Lesen, welche Kurse Personen zugewiesen sind',
  'LearningSelfInitiatedCourse.Read.All': 'Lesen, welche Kurse Personen selbst gewählt haben',
  'Mail-Advanced.ReadWrite.All':
    'E-Mails in allen Postfächern lesen, ändern und löschen, auch den Text empfangener E-Mails',
  'Mail.Read': 'Die E-Mails in allen Postfächern lesen',
  'Mail.ReadBasic.All': 'Absender, Empfänger und Betreff aller E-Mails sehen, nicht die Texte',
  'Mail.ReadWrite': 'E-Mails in allen Postfächern lesen, anlegen, ändern und löschen, aber nicht senden',
  'Mail.Send': 'E-Mails im Namen jeder Person Ihrer Organisation senden',
  'MailTips.ReadBasic.All': 'Hinweise zu Empfängern sehen, etwa dass jemand abwesend ist',
  'MailboxFolder.Read.All': 'Die Ordner aller Postfächer lesen',
  'MailboxFolder.ReadWrite.All': 'Die Ordner aller Postfächer lesen, anlegen, ändern und löschen',
  'MailboxItem.Export.All': 'Den Inhalt aller Postfächer exportieren',
  'MailboxItem.ImportExport.All': 'Den Inhalt aller Postfächer exportieren und Inhalte importieren',
  'MailboxItem.Read.All': 'Den Inhalt aller Postfächer lesen',
  'MailboxItem.ReadWrite.All': 'Den Inhalt aller Postfächer lesen, anlegen, ändern und löschen',
  'Member.Read.Hidden': 'Die Mitglieder von Gruppen sehen, die ihre Mitglieder verbergen',
  'Notes.Read.All': 'Alle OneNote-Notizbücher lesen',
  'Notes.ReadWrite.All': 'Alle OneNote-Notizbücher lesen, anlegen, ändern und löschen',
  'OnlineMeetings.Read.All': 'Die Angaben zu allen Onlinebesprechungen lesen',
  'OnlineMeetings.ReadWrite.All': 'Onlinebesprechungen aller Personen lesen, anlegen und ändern',
  'People.Read.All': 'Sehen, mit wem jede Person am meisten zusammenarbeitet',
  'Policy.Read.All': 'Die Richtlinien Ihres Verzeichnisses lesen',
  'Presence.Read.All': 'Sehen, ob Personen verfügbar, beschäftigt oder abwesend sind',
  'Presence.ReadWrite.All': 'Sehen und einstellen, ob Personen verfügbar, beschäftigt oder abwesend sind',
  'PrintJob.Read.All': 'Alle Druckaufträge lesen, mit den Dokumenten',
  'PrintJob.ReadBasic.All': 'Alle Druckaufträge sehen, ohne die Dokumente',
  'PrintJob.ReadWrite.All': 'Alle Druckaufträge lesen und ändern, mit den Dokumenten',
  'PrintJob.ReadWriteBasic.All': 'Alle Druckaufträge sehen und ändern, ohne die Dokumente',
  'ResourceSpecificPermissionGrant.ReadForChat.All': 'Sehen, was Teams-Apps in jedem Chat dürfen',
  'ResourceSpecificPermissionGrant.ReadForTeam.All': 'Sehen, was Teams-Apps in jedem Team dürfen',
  'ResourceSpecificPermissionGrant.ReadForUser.All': 'Sehen, was Teams-Apps für jede Person dürfen',
  'ShortNotes.Read.All': 'Die Kurznotizen aller Personen lesen',
  'ShortNotes.ReadWrite.All': 'Die Kurznotizen aller Personen lesen, anlegen, ändern und löschen',
  'Tasks.Read.All': 'Die Aufgaben und Aufgabenlisten aller Personen lesen',
  'Tasks.ReadWrite.All': 'Die Aufgaben und Aufgabenlisten aller Personen lesen, anlegen, ändern und löschen',
  'TeamTemplates.Read.All': 'Alle Vorlagen für Teams lesen',
  'TeamsActivity.Read.All': 'Die Aktivitätsfeeds aller Personen in Microsoft Teams lesen',
  'TeamsAppInstallation.ManageSelectedForChat.All':
    'Ausgewählte Teams-Apps in allen Chats installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ManageSelectedForTeam.All':
    'Ausgewählte Teams-Apps in allen Teams installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ManageSelectedForUser.All':
    'Ausgewählte Teams-Apps für alle Personen installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ReadForChat.All': 'Sehen, welche Teams-Apps in allen Chats installiert sind',
  'TeamsAppInstallation.ReadForTeam.All': 'Sehen, welche Teams-Apps in allen Teams installiert sind',
  'TeamsAppInstallation.ReadForUser.All': 'Sehen, welche Teams-Apps für alle Personen installiert sind',
  'TeamsAppInstallation.ReadSelectedForChat.All':
    'Sehen, welche der ausgewählten Teams-Apps in allen Chats installiert sind',
  'TeamsAppInstallation.ReadSelectedForTeam.All':
    'Sehen, welche der ausgewählten Teams-Apps in allen Teams installiert sind',
  'TeamsAppInstallation.ReadSelectedForUser.All':
    'Sehen, welche der ausgewählten Teams-Apps für alle Personen installiert sind',
  'TeamsAppInstallation.ReadWriteAndConsentForChat.All':
    'Beliebige Teams-Apps in allen Chats installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteAndConsentForTeam.All':
    'Beliebige Teams-Apps in allen Teams installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteAndConsentForUser.All':
    'Beliebige Teams-Apps für alle Personen installieren, entfernen und ihnen Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteAndConsentSelfForChat.All':
    'Die eigene Teams-App in allen Chats installieren, entfernen und ihr Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All':
    'Die eigene Teams-App in allen Teams installieren, entfernen und ihr Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All':
    'Die eigene Teams-App für alle Personen installieren, entfernen und ihr Berechtigungen erteilen',
  'TeamsAppInstallation.ReadWriteForChat.All':
    'Beliebige Teams-Apps in allen Chats installieren und entfernen',
  'TeamsAppInstallation.ReadWriteForTeam.All':
    'Beliebige Teams-Apps in allen Teams installieren und entfernen',
  'TeamsAppInstallation.ReadWriteForUser.All':
    'Beliebige Teams-Apps für alle Personen installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelectedForChat.All':
    'Ausgewählte Teams-Apps in allen Chats installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelectedForTeam.All':
    'Ausgewählte Teams-Apps in allen Teams installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelectedForUser.All':
    'Ausgewählte Teams-Apps für alle Personen installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelfForChat.All':
    'Die eigene Teams-App in allen Chats installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelfForTeam.All':
    'Die eigene Teams-App in allen Teams installieren und entfernen',
  'TeamsAppInstallation.ReadWriteSelfForUser.All':
    'Die eigene Teams-App für alle Personen installieren und entfernen',
  'TeamsTab.ReadWriteForChat.All': 'Alle Registerkarten in allen Chats hinzufügen, ändern und entfernen',
  'TeamsTab.ReadWriteForTeam.All': 'Alle Registerkarten in allen Teams hinzufügen, ändern und entfernen',
  'TeamsTab.ReadWriteForUser.All': 'Alle Registerkarten für alle Personen hinzufügen, ändern und entfernen',
  'TeamsTab.ReadWriteSelfForChat.All':
    'Die eigenen Registerkarten in allen Chats hinzufügen, ändern und entfernen',
  'TeamsTab.ReadWriteSelfForTeam.All':
    'Die eigenen Registerkarten in allen Teams hinzufügen, ändern und entfernen',
  'TeamsTab.ReadWriteSelfForUser.All':
    'Die eigenen Registerkarten für alle Personen hinzufügen, ändern und entfernen',
  'TeamworkCustomEmoji.Create.All': 'Emojis Ihrer Organisation in Microsoft Teams hinzufügen',
  'TeamworkCustomEmoji.Read.All': 'Die Emojis Ihrer Organisation in Microsoft Teams sehen',
  'TeamworkSection.Read.All': 'Sehen, wie alle Personen ihre Chats und Kanäle ordnen',
  'TeamworkSection.ReadWrite.All': 'Sehen und ändern, wie alle Personen ihre Chats und Kanäle ordnen',
  'TeamworkTag.Read.All': 'Die Tags in allen Teams lesen',
  'TeamworkTag.ReadWrite.All': 'Die Tags in allen Teams lesen und ändern',
  'ThreatSubmission.Read.All': 'Alle Bedrohungen lesen, die Personen an Microsoft gemeldet haben',
  'ThreatSubmission.ReadWrite.All': 'Alle gemeldeten Bedrohungen lesen und Bedrohungen an Microsoft melden',
  'User.Read.All': 'Die vollständigen Profile aller Personen in Ihrem Verzeichnis lesen',
  'User.ReadBasic.All': 'Namen, Fotos und Adressen aller Personen in Ihrem Verzeichnis lesen',
  'User.ReadWrite.All': 'Die vollständigen Profile aller Personen in Ihrem Verzeichnis lesen und ändern',
  'UserAuthMethod-Email.Read.All': 'Die E-Mail-Adressen sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-Email.ReadWrite.All':
    'Die E-Mail-Adressen sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-External.Read.All': 'Die externen Methoden sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-External.ReadWrite.All':
    'Die externen Methoden sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-HardwareOATH.Read.All': 'Die Hardwaretoken sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-HardwareOATH.ReadWrite.All':
    'Die Hardwaretoken sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-MicrosoftAuthApp.Read.All':
    'Die Microsoft-Authenticator-Apps sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-MicrosoftAuthApp.ReadWrite.All':
    'Die Microsoft-Authenticator-Apps sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-Passkey.Read.All': 'Die Passkeys sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-Passkey.ReadWrite.All': 'Die Passkeys sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-Password.Read.All':
    'Sehen, wann die Kennwörter aller Personen gesetzt wurden, nicht die Kennwörter',
  'UserAuthMethod-Password.ReadWrite.All': 'Die Kennwörter aller Personen zurücksetzen',
  'UserAuthMethod-Phone.Read.All': 'Die Telefonnummern sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-Phone.ReadWrite.All':
    'Die Telefonnummern sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-PlatformCred.Read.All':
    'Die Plattform-Anmeldeinformationen sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-PlatformCred.ReadWrite.All':
    'Die Plattform-Anmeldeinformationen sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-QR.Read.All': 'Die QR-Codes sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-QR.ReadWrite.All': 'Die QR-Codes sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-SoftwareOATH.Read.All': 'Die Softwaretoken sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-SoftwareOATH.ReadWrite.All':
    'Die Softwaretoken sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-TAP.Read.All': 'Die befristeten Zugriffspässe sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-TAP.ReadWrite.All':
    'Die befristeten Zugriffspässe sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthMethod-WindowsHello.Read.All':
    'Die Windows-Hello-Schlüssel sehen, mit denen sich Personen anmelden',
  'UserAuthMethod-WindowsHello.ReadWrite.All':
    'Die Windows-Hello-Schlüssel sehen und ändern, mit denen sich Personen anmelden',
  'UserAuthenticationMethod.Read.All': 'Sehen, mit welchen Methoden sich Personen anmelden',
  'UserAuthenticationMethod.ReadWrite.All': 'Sehen und ändern, mit welchen Methoden sich Personen anmelden',
  'UserTeamwork.Read.All': 'Die Einstellungen aller Personen in Microsoft Teams lesen',
  'VirtualAppointment.Read.All': 'Virtuelle Termine von Personen lesen, soweit Ihre Richtlinie es erlaubt',
  'VirtualAppointment.ReadWrite.All':
    'Virtuelle Termine von Personen lesen und ändern, soweit Ihre Richtlinie es erlaubt',
  'VirtualEvent.Read.All': 'Alle Webinare und anderen virtuellen Veranstaltungen lesen',
  'outlook:Exchange.ManageAsApp': 'Exchange Online verwalten, soweit die Rollen der Anwendung es erlauben',
  'outlook:IMAP.AccessAsApp': 'Postfächer über IMAP öffnen, soweit Sie es in Exchange Online erlauben',
  'outlook:POP.AccessAsApp': 'E-Mails über POP abrufen, soweit Sie es in Exchange Online erlauben',
  'outlook:SMTP.SendAsApp': 'E-Mails über SMTP senden, soweit Sie es in Exchange Online erlauben',
  'outlook:full_access_as_app': 'Voller Zugriff auf alle Inhalte aller Postfächer über Exchange Web Services',
}
