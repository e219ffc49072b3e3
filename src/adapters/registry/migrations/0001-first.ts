import { type Kysely, sql } from 'kysely'

type Schema = Kysely<unknown>['schema']

export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await meta(db)
  await applications(schema)
  await tenants(schema)
  await callers(schema)
  await history(schema)
}

async function meta(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('registry_meta')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('next_epoch', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into registry_meta (id, revision, next_epoch) values (1, 0, 1)`.execute(db)
}

async function applications(schema: Schema): Promise<void> {
  await schema
    .createTable('application')
    .addColumn('uid', 'text', (c) => c.primaryKey())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('cloud', 'text', (c) => c.notNull())
    .addColumn('display_name', 'text', (c) => c.notNull())
    .addColumn('support_url', 'text')
    .addColumn('return_url', 'text')
    .addColumn('signing_alg', 'text', (c) => c.notNull())
    .addColumn('epoch', 'bigint', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('application_client', ['cloud', 'client_id'])
    .execute()
  await schema.createIndex('application_revision').on('application').column('revision').execute()
  await schema
    .createTable('application_permission')
    .addColumn('application_uid', 'text', (c) => c.notNull().references('application.uid'))
    .addColumn('resource', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('application_permission_key', ['application_uid', 'resource', 'value'])
    .execute()
  await schema
    .createTable('credential')
    .addColumn('uid', 'text', (c) => c.primaryKey())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('application_uid', 'text', (c) => c.notNull().references('application.uid'))
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('thumbprint_sha1', 'text')
    .addColumn('thumbprint_sha256', 'text')
    .addColumn('certificate_pem', 'text')
    .addColumn('not_before', 'text')
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('vault_name', 'text', (c) => c.notNull())
    .addColumn('vault_version', 'text', (c) => c.notNull())
    .addColumn('activated_at', 'text')
    .addColumn('compromised', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('credential_id', ['application_uid', 'id'])
    .execute()
}

async function tenants(schema: Schema): Promise<void> {
  await schema
    .createTable('tenant')
    .addColumn('uid', 'text', (c) => c.primaryKey())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('directory_id', 'text', (c) => c.notNull())
    .addColumn('cloud', 'text', (c) => c.notNull())
    .addColumn('display_name', 'text')
    .addColumn('labels', 'text', (c) => c.notNull())
    .addColumn('role_check', 'text', (c) => c.notNull())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('epoch', 'bigint', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('tenant_directory', ['cloud', 'directory_id'])
    .execute()
  await schema.createIndex('tenant_revision').on('tenant').column('revision').execute()
  await schema
    .createTable('tenant_application')
    .addColumn('tenant_uid', 'text', (c) => c.notNull().references('tenant.uid'))
    .addColumn('application_uid', 'text', (c) => c.notNull().references('application.uid'))
    .addPrimaryKeyConstraint('tenant_application_key', ['tenant_uid', 'application_uid'])
    .execute()
  await schema
    .createTable('observation')
    .addColumn('tenant_uid', 'text', (c) => c.notNull())
    .addColumn('application_uid', 'text', (c) => c.notNull())
    .addColumn('resource', 'text', (c) => c.notNull())
    .addColumn('roles', 'text')
    .addColumn('observed_at', 'text')
    .addColumn('failure', 'text')
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('observation_key', ['tenant_uid', 'application_uid', 'resource'])
    .execute()
  await schema.createIndex('observation_revision').on('observation').column('revision').execute()
  await schema
    .createTable('consent_state')
    .addColumn('state_hash', 'text', (c) => c.primaryKey())
    .addColumn('tenant_uid', 'text', (c) => c.notNull())
    .addColumn('application_uid', 'text', (c) => c.notNull())
    .addColumn('tenant_epoch', 'bigint', (c) => c.notNull())
    .addColumn('browser_hash', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('used_at', 'text')
    .execute()
}

async function callers(schema: Schema): Promise<void> {
  await schema
    .createTable('caller')
    .addColumn('uid', 'text', (c) => c.primaryKey())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('dialect', 'text')
    .addColumn('rate_limit', 'integer')
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await schema.createIndex('caller_revision').on('caller').column('revision').execute()
  await schema
    .createTable('caller_key')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('caller_uid', 'text', (c) => c.notNull().references('caller.uid'))
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute()
  await schema
    .createTable('caller_identity')
    .addColumn('issuer', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('caller_uid', 'text', (c) => c.notNull().references('caller.uid'))
    .addPrimaryKeyConstraint('caller_identity_key', ['issuer', 'subject'])
    .execute()
  await schema
    .createTable('grant_rule')
    .addColumn('caller_uid', 'text', (c) => c.notNull().references('caller.uid'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('tenants', 'text', (c) => c.notNull())
    .addColumn('excess', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('grant_rule_key', ['caller_uid', 'position'])
    .execute()
  await schema
    .createTable('grant_permission')
    .addColumn('caller_uid', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('resource', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('grant_permission_key', ['caller_uid', 'position', 'resource', 'value'])
    .addForeignKeyConstraint('grant_permission_rule', ['caller_uid', 'position'], 'grant_rule', [
      'caller_uid',
      'position',
    ])
    .execute()
  // The ids that grants name, also while no tenant has them; so no foreign key to `tenant`.
  await schema
    .createTable('grant_tenant')
    .addColumn('caller_uid', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('tenant_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('grant_tenant_key', ['caller_uid', 'position', 'tenant_id'])
    .addForeignKeyConstraint('grant_tenant_rule', ['caller_uid', 'position'], 'grant_rule', [
      'caller_uid',
      'position',
    ])
    .execute()
  await schema.createIndex('grant_tenant_id').on('grant_tenant').column('tenant_id').execute()
}

async function history(schema: Schema): Promise<void> {
  await schema
    .createTable('audit_change')
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_change_key', ['revision', 'position'])
    .execute()
  await schema.createIndex('audit_change_target').on('audit_change').column('target').execute()
  await schema
    .createTable('tombstone')
    .addColumn('uid', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .execute()
  await schema.createIndex('tombstone_revision').on('tombstone').column('revision').execute()
}
