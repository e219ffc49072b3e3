/* Made from openapi/openapi.json by `npm run client:types`. Do not edit. */

/** A problem detail (RFC 9457). */
export type Problem = {
  /** A URI that names the kind of problem. */
  readonly type: string
  /** What this kind of problem is; always the same for one `code`. */
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** What went wrong this time. */
  readonly detail: string
  /** The id of the request, as it stands in the logs and the audit. */
  readonly instance: string
  /** What programs decide by. */
  readonly code: string
  /** What to do next. */
  readonly hint?: string
  /** Every fault of the request; `pointer` is a JSON Pointer (RFC 6901) or names a parameter. */
  readonly errors?: ReadonlyArray<{
    /** Where. */
    readonly pointer: string
    /** What is wrong there. */
    readonly detail: string
  }>
  /** Scopes that no application permission stands for. */
  readonly unmapped?: ReadonlyArray<{
    readonly scope: string
    /** `no_equivalent`: it is a known scope, and no permission for applications is like it. */
    readonly reason: 'unknown' | 'no_equivalent'
    /** The nearest names, for one that is unknown. */
    readonly suggestions: ReadonlyArray<string>
    /** Why nothing stands for it, and what to do instead. */
    readonly note?: string
  }>
  /** The permissions that this is about. */
  readonly permissions?: ReadonlyArray<string>
  /** What the directory has not granted to the application. */
  readonly missing_permissions?: ReadonlyArray<string>
  /** The records that keep this one in use. */
  readonly used_by?: ReadonlyArray<string>
  /** The id of the tenant that this is about. */
  readonly tenant?: string
  /** The id of the application that this is about. */
  readonly application?: string
  /** For the customer's administrator: where consent is given. */
  readonly admin_consent_url?: string
  /** SHA-1 thumbprint, as Entra's portal shows it, of the certificate that signed. */
  readonly expected_thumbprint?: string
  /** Entra's trace id, for Microsoft's support. */
  readonly trace_id?: string
  /** Entra's correlation id, for Microsoft's support. */
  readonly correlation_id?: string
}

export type TokenRequest = {
  /** The tenant's id, or the GUID of its Microsoft Entra directory. */
  readonly tenant: string
  /** Each element may itself be a list parted by space, comma or plus. */
  readonly scopes: ReadonlyArray<string>
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly dialect?: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  /** Seconds that the token should still live. A newer one is had where that is possible. */
  readonly minimum_validity_seconds?: number
  /** Lower-case hex SHA-256 of a token that Microsoft Graph refused. If it is still the current one, a new token is had instead, at most once in 30 seconds. */
  readonly rejected_token_sha256?: string
}

/** RFC 6749 §5.1, and what was really handed out beside it. */
export type TokenResponse = {
  /** Opaque to you; send it as `Authorization: Bearer`. */
  readonly access_token: string
  /** How it is sent. */
  readonly token_type: 'Bearer'
  /** Seconds that the token still lives. */
  readonly expires_in: number
  /** When it expires, in Unix seconds. */
  readonly expires_at: number
  /** The permissions that you asked for and that the token carries, parted by space. */
  readonly scope: string
  /** The API that the token is for. */
  readonly resource: string
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly tenant: string
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly application: string
  /** Everything that the token carries: an app-only token cannot be narrowed to what was asked for. */
  readonly granted_permissions: ReadonlyArray<string>
  /** What it carries beyond the caller's grants. */
  readonly excess_permissions: ReadonlyArray<string>
  /** What was asked for and is not in it; only for tenants with `role_check: warn`. */
  readonly missing_permissions: ReadonlyArray<string>
}

export type TranslationRequest = {
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly dialect?: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  /** Each element may itself be a list parted by space, comma or plus. */
  readonly scopes: ReadonlyArray<string>
}

/** What the scopes stand for. Nothing is issued. */
export type TranslationResponse = {
  readonly permissions: ReadonlyArray<{
    /** `graph` is Microsoft Graph, `outlook` Exchange Online. */
    readonly resource: 'graph' | 'outlook'
    readonly value: string
    /** The app role id, unique within its resource. */
    readonly id: string
    readonly display_name: string
  }>
  /** What was asked for and is no permission, like `openid`. */
  readonly ignored: ReadonlyArray<string>
  /** Scopes that no application permission stands for. */
  readonly unmapped: ReadonlyArray<{
    readonly scope: string
    /** `no_equivalent`: it is a known scope, and no permission for applications is like it. */
    readonly reason: 'unknown' | 'no_equivalent'
    /** The nearest names, for one that is unknown. */
    readonly suggestions: ReadonlyArray<string>
    /** Why nothing stands for it, and what to do instead. */
    readonly note?: string
  }>
  /** What to know before relying on these permissions. */
  readonly notes: ReadonlyArray<string>
}

/** Scopes and the application permissions that they stand for. */
export type Dialect = {
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly id: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  readonly title: string
  readonly scopes: ReadonlyArray<{
    readonly scope: string
    readonly permissions: ReadonlyArray<string>
    /** `exact`; `broader`: the permissions allow more; `no_equivalent`: there is none, and the scope is refused; `ignored`: it asks for none. */
    readonly fidelity: 'exact' | 'broader' | 'no_equivalent' | 'ignored'
    readonly alias_of?: string
    readonly note?: string
  }>
}

export type DialectList = {
  readonly items: ReadonlyArray<Dialect>
}

export type ApplicationRequest = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** The application (client) id of the app registration. */
  readonly client_id: string
  /** What the customers' administrators know it by. */
  readonly display_name: string
  readonly support_url?: string
  /** A link on the page that ends a consent. `http` serves on loopback alone. */
  readonly return_url?: string
  /** The application permissions that the app registration declares. */
  readonly permissions: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud?: 'global' | 'usgov' | 'dod' | 'china'
  /** How assertions are signed. `RS256` is for registrations that PS256 fails for. */
  readonly signing_alg?: 'PS256' | 'RS256'
}

export type ApplicationReplacement = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id?: string
  /** The application (client) id of the app registration. */
  readonly client_id: string
  /** What the customers' administrators know it by. */
  readonly display_name: string
  readonly support_url?: string
  /** A link on the page that ends a consent. `http` serves on loopback alone. */
  readonly return_url?: string
  /** The application permissions that the app registration declares. */
  readonly permissions: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud?: 'global' | 'usgov' | 'dod' | 'china'
  /** How assertions are signed. `RS256` is for registrations that PS256 fails for. */
  readonly signing_alg?: 'PS256' | 'RS256'
}

/** An app registration of Microsoft Entra that the broker acts as. */
export type Application = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** The application (client) id of the app registration. */
  readonly client_id: string
  /** What the customers' administrators know it by. */
  readonly display_name: string
  readonly support_url?: string
  /** A link on the page that ends a consent. `http` serves on loopback alone. */
  readonly return_url?: string
  /** The application permissions that the app registration declares. */
  readonly permissions: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud: 'global' | 'usgov' | 'dod' | 'china'
  /** How assertions are signed. `RS256` is for registrations that PS256 fails for. */
  readonly signing_alg: 'PS256' | 'RS256'
  /** Register this redirect URI (platform "Web") in the app registration. */
  readonly redirect_uri: string
  /** RFC 3339, UTC. */
  readonly created_at: string
  /** RFC 3339, UTC. */
  readonly updated_at: string
}

export type ApplicationList = {
  readonly items: ReadonlyArray<Application>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

/** What the app registration has to hold, as Microsoft Graph's `application`: `az rest --method PATCH --url "https://graph.microsoft.com/v1.0/applications(appId='{client_id}')" --body @manifest.json`. */
export type ApplicationManifest = {
  readonly displayName: string
  readonly signInAudience: 'AzureADMultipleOrgs'
  readonly web: {
    readonly redirectUris: ReadonlyArray<string>
  }
  /** The declared permissions: each API by its application id, each permission by its role id. */
  readonly requiredResourceAccess: ReadonlyArray<{
    readonly resourceAppId: string
    readonly resourceAccess: ReadonlyArray<{
      readonly id: string
      readonly type: 'Role'
    }>
  }>
  /** The certificates that are not retired. Sending them replaces all that the registration has. */
  readonly keyCredentials: ReadonlyArray<{
    readonly displayName: string
    readonly type: 'AsymmetricX509Cert'
    readonly usage: 'Verify'
    /** SHA-1 thumbprint in hex, as Entra's portal shows it. */
    readonly customKeyIdentifier: string
    /** RFC 3339, UTC. */
    readonly startDateTime: string
    /** RFC 3339, UTC. */
    readonly endDateTime: string
    /** The certificate: base64 of its DER. */
    readonly key: string
  }>
}

export type CredentialRequest = {
  readonly type: 'certificate'
  readonly source: 'generated'
  readonly key_size?: 2048 | 3072 | 4096
  /** The subject of the certificate. */
  readonly subject?: string
  readonly validity_days?: number
} | {
  readonly type: 'certificate'
  readonly source: 'pem'
  /** PEM, its chain after it. */
  readonly certificate: string
  /** PEM, PKCS#8 or PKCS#1; with `password` where it is encrypted. */
  readonly private_key: string
  /** Of the private key, where it has one. */
  readonly password?: string
} | {
  readonly type: 'certificate'
  readonly source: 'pkcs12'
  /** The PFX or P12 file as base64. */
  readonly pkcs12: string
  /** Of the private key, where it has one. */
  readonly password?: string
} | {
  readonly type: 'certificate'
  readonly source: 'key_vault'
  /** Its name in Key Vault. */
  readonly name: string
  /** The version to pin; the latest where not given. */
  readonly version?: string
} | {
  readonly type: 'key'
  /** Its name in Key Vault. */
  readonly name: string
  /** The version to pin; the latest where not given. */
  readonly version?: string
  /** The certificate of the key as PEM: what Entra is given. */
  readonly certificate: string
} | {
  readonly type: 'client_secret'
  /** The secret's value (not its id), as Entra showed it when it was made. It goes to Key Vault. */
  readonly value: string
  /** When it expires in Entra. */
  readonly expires_at: string
}

export type CredentialPatch = {
  readonly state: 'active' | 'retired'
  /** Whether a trial token is had before activation; true where not given. False skips the trial. */
  readonly verify?: boolean
  /** With `retired`: somebody else may have it, so no token that was had before is served again, on any replica. What was handed out stays valid at Microsoft until it expires: remove the credential from the app registration too. */
  readonly compromised?: boolean
}

/** What proves the application to Entra. Its private part is in Key Vault alone. */
export type Credential = {
  readonly id: string
  /** `certificate`: its key is a secret of Key Vault. `key`: a key of Key Vault that signs there. `client_secret`: a secret that Entra made. */
  readonly type: 'certificate' | 'key' | 'client_secret'
  /** How it came: made or brought as a file or value, or `key_vault` where it was there already. */
  readonly source: 'generated' | 'pem' | 'pkcs12' | 'key_vault' | 'value'
  /** `pending`: kept, and not used. `active`: signs; the newest one first. `retired`: no longer used. */
  readonly state: 'pending' | 'active' | 'retired'
  /** True where it was retired as such. */
  readonly compromised?: boolean
  /** Upper-case hex, as Entra's portal shows it. */
  readonly thumbprint_sha1?: string
  /** base64url, as `x5t#S256` carries it. */
  readonly thumbprint_sha256?: string
  /** RFC 3339, UTC. */
  readonly not_before?: string
  /** RFC 3339, UTC. */
  readonly expires_at: string
  /** The public part as PEM, ready to upload to the app registration. */
  readonly certificate?: string
  /** The secret or key that it is, at the version that is used. */
  readonly key_vault: {
    readonly name: string
    readonly version: string
  }
  /** RFC 3339, UTC. */
  readonly activated_at?: string
  /** RFC 3339, UTC. */
  readonly created_at: string
  /** RFC 3339, UTC. */
  readonly updated_at: string
}

export type CredentialList = {
  readonly items: ReadonlyArray<Credential>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

/** Credentials of all applications. */
export type CredentialListing = {
  readonly items: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    readonly credential: Credential
  }>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

/** What is amiss between the vault and the registry. */
export type VaultDiagnosis = {
  /** Secrets that a broker made and that no credential of this one names: left by a crash, or of another broker or an older registry. The broker never deletes them; delete in Key Vault what you know. */
  readonly orphans: ReadonlyArray<{
    /** The secret in Key Vault. */
    readonly name: string
    readonly enabled: boolean
    /** RFC 3339, UTC. */
    readonly created_at?: string
  }>
  /** Credentials that are not retired and that the vault does not let the broker use. */
  readonly unusable: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    readonly credential: string
    /** That of the problem. */
    readonly code: string
    readonly detail: string
    readonly hint?: string
  }>
  /** New versions of certificates in use, `pending` from now on: upload and activate them. */
  readonly renewed: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    readonly credential: string
  }>
  /** Certificates in use whose latest version could not be taken over. */
  readonly refused: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    readonly name: string
    /** That of the problem. */
    readonly code: string
    readonly detail: string
    readonly hint?: string
  }>
}

export type TenantRequest = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** The directory (tenant) id in Microsoft Entra. */
  readonly directory_id?: string
  /** The customer's name, for people. */
  readonly display_name?: string
  /** In the place of `directory_id`: a domain that the directory has verified. Entra is asked once. */
  readonly domain?: string
  /** Ids of the applications that act in this directory. */
  readonly applications: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud?: 'global' | 'usgov' | 'dod' | 'china'
  /** Names and values of your choice; grants can select tenants by them. */
  readonly labels?: Readonly<Record<string, string>>
  /** `strict`: a token without a permission that was asked for is refused (409). `warn`: it is handed out and what is missing is named. */
  readonly role_check?: 'strict' | 'warn'
  /** False hands out nothing. Disabling also forgets the cached tokens. */
  readonly enabled?: boolean
}

export type TenantReplacement = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id?: string
  /** The directory (tenant) id in Microsoft Entra. */
  readonly directory_id?: string
  /** The customer's name, for people. */
  readonly display_name?: string
  /** In the place of `directory_id`: a domain that the directory has verified. Entra is asked once. */
  readonly domain?: string
  /** Ids of the applications that act in this directory. */
  readonly applications: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud?: 'global' | 'usgov' | 'dod' | 'china'
  /** Names and values of your choice; grants can select tenants by them. */
  readonly labels?: Readonly<Record<string, string>>
  /** `strict`: a token without a permission that was asked for is refused (409). `warn`: it is handed out and what is missing is named. */
  readonly role_check?: 'strict' | 'warn'
  /** False hands out nothing. Disabling also forgets the cached tokens. */
  readonly enabled?: boolean
}

/** A customer's Microsoft Entra directory. */
export type Tenant = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** The directory (tenant) id in Microsoft Entra. */
  readonly directory_id: string
  /** The customer's name, for people. */
  readonly display_name?: string
  /** Ids of the applications that act in this directory. */
  readonly applications: ReadonlyArray<string>
  /** Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet). */
  readonly cloud: 'global' | 'usgov' | 'dod' | 'china'
  /** Names and values of your choice; grants can select tenants by them. */
  readonly labels: Readonly<Record<string, string>>
  /** `strict`: a token without a permission that was asked for is refused (409). `warn`: it is handed out and what is missing is named. */
  readonly role_check: 'strict' | 'warn'
  /** False: no token of it is handed out. */
  readonly enabled: boolean
  readonly consents: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    /** What the last token showed. `unknown`: none was had yet. */
    readonly status: 'unknown' | 'missing' | 'incomplete' | 'granted'
    readonly missing_permissions: ReadonlyArray<string>
    /** Send this to the customer's administrator. */
    readonly admin_consent_url: string
    readonly last_failure?: {
      readonly code: string
      /** RFC 3339, UTC. */
      readonly at: string
      readonly trace_id?: string
      readonly correlation_id?: string
      /** Entra's own error codes. They refine `code`, and may change; programs decide by `code`. */
      readonly aadsts?: ReadonlyArray<number>
    }
  }>
  /** RFC 3339, UTC. */
  readonly created_at: string
  /** RFC 3339, UTC. */
  readonly updated_at: string
}

export type TenantList = {
  readonly items: ReadonlyArray<Tenant>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

/** The first broken step on the way to a token, for each application. */
export type TenantDiagnosis = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly tenant: string
  readonly directory_id: string
  /** Nothing is handed out for a tenant that is disabled. */
  readonly enabled: boolean
  /** Whether all steps passed for all applications. */
  readonly healthy: boolean
  readonly applications: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    /** Whether all steps passed. */
    readonly healthy: boolean
    readonly broken_step?: 'credential' | 'key_vault' | 'certificate' | 'entra' | 'directory' | 'application' | 'signature' | 'token' | 'roles'
    readonly failure?: {
      /** That of the problem. */
      readonly code: string
      readonly detail: string
      /** What to do next. */
      readonly hint?: string
      /** Entra's own error codes. They refine `code`, and may change; programs decide by `code`. */
      readonly aadsts?: ReadonlyArray<number>
      /** Entra's trace id, for Microsoft's support. */
      readonly trace_id?: string
      /** Entra's correlation id, for Microsoft's support. */
      readonly correlation_id?: string
      /** SHA-1, as Entra's portal shows it, of the certificate that signed. */
      readonly expected_thumbprint?: string
      /** Declared by the application, and not in its token. */
      readonly missing_permissions?: ReadonlyArray<string>
      /** When it may have passed. */
      readonly retry_after_seconds?: number
    }
    /** All steps, in order. `credential`: one is active. `key_vault`: it can be read. `certificate`: its dates. `entra`: it answers. `directory`: it is there, with the API. `application`: it is there, and enabled. `signature`: Entra accepts the credential. `token`: no policy is in the way. `roles`: as declared. */
    readonly steps: ReadonlyArray<{
      readonly step: 'credential' | 'key_vault' | 'certificate' | 'entra' | 'directory' | 'application' | 'signature' | 'token' | 'roles'
      readonly status: 'passed' | 'failed' | 'not_reached'
    }>
    readonly credential?: {
      readonly id: string
      /** RFC 3339, UTC. */
      readonly not_before?: string
      /** RFC 3339, UTC. */
      readonly expires_at: string
    }
    /** The other active one, tried because the first is at fault. Accepted, it serves meanwhile. */
    readonly other_credential?: {
      readonly id: string
      readonly accepted: boolean
    }
    /** Send this to the customer's administrator. */
    readonly admin_consent_url: string
    /** Where consent is what is missing. If the consent page shows AADSTS50011 or AADSTS500113, register this, under Authentication, platform Web. */
    readonly redirect_uri?: string
  }>
}

export type CallerRequest = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** `caller` asks for tokens; `operator` manages the registry too; `auditor` reads it. */
  readonly role: 'caller' | 'operator' | 'auditor'
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly dialect?: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  /** How many token requests a minute the caller may make; those of a whole minute may come at once. Each replica counts for itself. What is more is answered 429. Without it there is no limit. */
  readonly rate_limit?: number
  readonly identities?: ReadonlyArray<{
    /** `iss` of its tokens, exactly; one of those that the broker is configured to trust. */
    readonly issuer: string
    /** `sub` of its tokens, exactly. */
    readonly subject: string
  }>
  /** False: none of its keys and identities is accepted. True where not given. */
  readonly enabled?: boolean
  readonly grants: ReadonlyArray<{
    /** Which tenants: all (`*`), these ids, or those that have all these labels. */
    readonly tenants: "*" | {
      readonly ids: ReadonlyArray<string>
    } | {
      /** Names and values of your choice; grants can select tenants by them. */
      readonly labels: Readonly<Record<string, string>>
    }
    readonly permissions: ReadonlyArray<string>
    /** What to do with a token that carries more than the grants name, since Entra cannot narrow one: `refuse` it (403) or `allow` it. */
    readonly excess?: 'refuse' | 'allow'
  }>
}

export type CallerReplacement = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id?: string
  /** `caller` asks for tokens; `operator` manages the registry too; `auditor` reads it. */
  readonly role: 'caller' | 'operator' | 'auditor'
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly dialect?: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  /** How many token requests a minute the caller may make; those of a whole minute may come at once. Each replica counts for itself. What is more is answered 429. Without it there is no limit. */
  readonly rate_limit?: number
  readonly identities?: ReadonlyArray<{
    /** `iss` of its tokens, exactly; one of those that the broker is configured to trust. */
    readonly issuer: string
    /** `sub` of its tokens, exactly. */
    readonly subject: string
  }>
  /** False: none of its keys and identities is accepted. True where not given. */
  readonly enabled?: boolean
  readonly grants: ReadonlyArray<{
    /** Which tenants: all (`*`), these ids, or those that have all these labels. */
    readonly tenants: "*" | {
      readonly ids: ReadonlyArray<string>
    } | {
      /** Names and values of your choice; grants can select tenants by them. */
      readonly labels: Readonly<Record<string, string>>
    }
    readonly permissions: ReadonlyArray<string>
    /** What to do with a token that carries more than the grants name, since Entra cannot narrow one: `refuse` it (403) or `allow` it. */
    readonly excess?: 'refuse' | 'allow'
  }>
}

/** An internal service or a person that may call the broker. */
export type Caller = {
  /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
  readonly id: string
  /** `caller` asks for tokens; `operator` manages the registry too; `auditor` reads it. */
  readonly role: 'caller' | 'operator' | 'auditor'
  /** The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs its URI, or `graph:`. Where not given: the caller's own, else `aurinko`. */
  readonly dialect?: 'aurinko' | 'cloud-elements' | 'cyclr' | 'email-this-issue' | 'graph' | 'outlook'
  /** How many token requests a minute the caller may make; those of a whole minute may come at once. Each replica counts for itself. What is more is answered 429. Without it there is no limit. */
  readonly rate_limit?: number
  readonly identities: ReadonlyArray<{
    /** `iss` of its tokens, exactly; one of those that the broker is configured to trust. */
    readonly issuer: string
    /** `sub` of its tokens, exactly. */
    readonly subject: string
  }>
  /** False: none of its keys and identities is accepted. */
  readonly enabled: boolean
  readonly grants: ReadonlyArray<{
    /** Which tenants: all (`*`), these ids, or those that have all these labels. */
    readonly tenants: "*" | {
      readonly ids: ReadonlyArray<string>
    } | {
      /** Names and values of your choice; grants can select tenants by them. */
      readonly labels: Readonly<Record<string, string>>
    }
    readonly permissions: ReadonlyArray<string>
    /** What to do with a token that carries more than the grants name, since Entra cannot narrow one: `refuse` it (403) or `allow` it. */
    readonly excess: 'refuse' | 'allow'
  }>
  readonly keys: ReadonlyArray<{
    readonly id: string
    /** RFC 3339, UTC. */
    readonly created_at: string
    /** RFC 3339, UTC. */
    readonly expires_at?: string
  }>
  /** RFC 3339, UTC. */
  readonly created_at: string
  /** RFC 3339, UTC. */
  readonly updated_at: string
}

export type CallerList = {
  readonly items: ReadonlyArray<Caller>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

export type KeyRequest = {
  /** RFC 3339, UTC. */
  readonly expires_at?: string
}

export type KeyList = {
  readonly items: ReadonlyArray<{
    readonly id: string
    /** RFC 3339, UTC. */
    readonly created_at: string
    /** RFC 3339, UTC. */
    readonly expires_at?: string
  }>
}

/** A new API key. */
export type Key = {
  readonly id: string
  /** Shown this once and never again; the broker keeps its SHA-256 alone. */
  readonly key: string
  /** RFC 3339, UTC. */
  readonly created_at: string
  /** RFC 3339, UTC. */
  readonly expires_at?: string
}

/** Changes of the registry, the newest first. */
export type ChangeList = {
  readonly items: ReadonlyArray<{
    /** RFC 3339, UTC. */
    readonly at: string
    readonly actor: string
    readonly action: string
    readonly target: string
    /** The record before; absent where it was created. */
    readonly before?: unknown
    /** The record after; absent where it was removed. */
    readonly after?: unknown
    readonly request_id: string
  }>
  /** Pass as `page_token` for the next page; absent on the last one. */
  readonly next_page_token?: string
}

/** The registry without secrets. PUT its parts in this order to restore it. */
export type RegistryExport = {
  /** RFC 3339, UTC. */
  readonly exported_at: string
  readonly applications: ReadonlyArray<ApplicationRequest>
  readonly tenants: ReadonlyArray<TenantRequest>
  readonly callers: ReadonlyArray<CallerRequest>
  /** Where the private keys are; for people, not for PUT. */
  readonly credentials: ReadonlyArray<{
    /** An id of your choice: lower-case letters, digits and hyphens, at most 63 characters. */
    readonly application: string
    readonly credential: Credential
  }>
}

/** RFC 6749 §4.4.2. Other parameters are ignored. */
export type OauthTokenForm = {
  /** `client_credentials`. */
  readonly grant_type: string
  /** The id of the caller. Left out where `Authorization: Basic` or an assertion says it. */
  readonly client_id?: string
  /** An API key of the caller. */
  readonly client_secret?: string
  /** `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`. */
  readonly client_assertion_type?: string
  /** A JWT of an issuer that the broker trusts, in the place of a secret. */
  readonly client_assertion?: string
  /** `https://graph.microsoft.com/.default`, or the same of another resource. Default: Graph. */
  readonly scope?: string
  /** The resource, for clients that know no scope. */
  readonly resource?: string
}

/** RFC 6749 §5.1, as Entra writes it. */
export type OauthToken = {
  readonly token_type: 'Bearer'
  /** Seconds that the token still lives. */
  readonly expires_in: number
  /** Seconds that the token still lives. */
  readonly ext_expires_in: number
  /** Opaque to you; send it as `Authorization: Bearer`. */
  readonly access_token: string
}

/** RFC 6749 §5.2, as Entra writes it. */
export type OauthError = {
  /** What clients decide by. */
  readonly error: string
  /** The broker's own code, what went wrong, what to do next, and the id of the request. */
  readonly error_description: string
  /** Entra's trace id where Entra refused, else the request's id. */
  readonly trace_id: string
  /** Entra's correlation id where Entra refused, else the request's id. */
  readonly correlation_id: string
  readonly timestamp: string
}

/** OpenID Connect Discovery 1.0 and RFC 8414. */
export type OauthMetadata = {
  /** Where this document is found from. */
  readonly issuer: string
  /** Where tokens are had. */
  readonly token_endpoint: string
  /** Nothing is there: nobody signs in. Microsoft's clients want it named. */
  readonly authorization_endpoint: string
  /** An empty key set: tokens are Entra's, and so are their keys. */
  readonly jwks_uri: string
  readonly grant_types_supported: ReadonlyArray<string>
  readonly response_types_supported: ReadonlyArray<string>
  readonly subject_types_supported: ReadonlyArray<string>
  readonly id_token_signing_alg_values_supported: ReadonlyArray<string>
  readonly token_endpoint_auth_methods_supported: ReadonlyArray<string>
  readonly token_endpoint_auth_signing_alg_values_supported?: ReadonlyArray<string>
}

/** RFC 7517 §5. */
export type EmptyKeySet = {
  readonly keys: ReadonlyArray<Readonly<Record<string, never>>>
}

/** As Azure App Service writes it, version 2019-08-01. */
export type ManagedIdentityToken = {
  /** Opaque to you; send it as `Authorization: Bearer`. */
  readonly access_token: string
  /** When it expires, in Unix seconds. */
  readonly expires_on: string
  /** As it was asked for. */
  readonly resource: string
  readonly token_type: 'Bearer'
}

/** In the words of all the clients that there are. */
export type ManagedIdentityError = {
  readonly statusCode: number
  readonly message: string
  /** What clients decide by. */
  readonly error: string
  /** The broker's own code, what went wrong, what to do next, and the id of the request. */
  readonly error_description: string
}

export type Liveness = {
  readonly status: 'ok'
}

export type Readiness = {
  readonly status: 'ready'
  /** What a person should see to before it stops the work; the replica is ready all the same. */
  readonly warnings: ReadonlyArray<string>
}
