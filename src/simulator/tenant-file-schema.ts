import { createPublicKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { parseObjectId, parseTenantId } from '../identity/ids.ts';
import { catalogOf, propertyName } from './graph/property-catalog.ts';
import { offersSchema } from './tenant/offers-schema.ts';
import { signInSchema } from './tenant/sign-in-schema.ts';

const guid = z.string().refine((text) => parseObjectId(text) !== undefined, { error: 'must be a GUID' });
const tenantId = z.string().transform((text, context) => {
  const id = parseTenantId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'must be a GUID' });
  return z.NEVER;
});
const domainName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, { error: 'must be a domain name such as contoso.com' });
const when = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' });

const certificate = z.string().refine(isCertificate, { error: 'must be a certificate in PEM form' });

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

/** A key of a user or group that is no Graph property. */
export interface UnknownProperty {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const OWN_KEYS = { users: ['password', 'signIn', 'deleted'], groups: ['deleted'] } as const;

/** Finds the keys of users and groups that Graph does not have, in a document that may be wrong in other ways too. */
export function unknownProperties(document: unknown): UnknownProperty[] {
  const root = asObject(document);
  const defined: unknown = root['schemaExtensions'];
  const extensions = Array.isArray(defined) ? defined.map((each: unknown) => asObject(each)['id']) : [];
  return (['users', 'groups'] as const).flatMap((collection) => {
    const list = root[collection];
    const objects: readonly unknown[] = Array.isArray(list) ? list : [];
    return objects.flatMap((value, index) => unknownKeys(collection, index, asObject(value), extensions));
  });
}

function unknownKeys(
  collection: 'users' | 'groups',
  index: number,
  value: object,
  extensions: readonly unknown[],
): UnknownProperty[] {
  const catalog = catalogOf(collection);
  const own: readonly string[] = OWN_KEYS[collection];
  const isKnown = (key: string): boolean =>
    own.includes(key) || extensions.includes(key) || propertyName(catalog, key) === key;
  const unknown = Object.keys(value).filter((key) => !isKnown(key));
  return unknown.map((key) => ({
    path: [collection, index, key],
    message: `is not a property of a Microsoft Graph ${catalog.typeName}, nor one of ${own.join(', ')}`,
  }));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

const userSchema = z
  .object({
    id: guid.optional(),
    userPrincipalName: z.string().regex(/^[^@\s]+@[^@\s]+$/, { error: 'must be of the form name@domain' }),
    password: z.string().optional(),
    signIn: signInSchema.default('normal'),
    manager: z.string().optional(),
    deleted: z.boolean().default(false),
    accountEnabled: z.boolean().default(true),
    displayName: z.string().optional(),
  })
  .catchall(z.json());

const groupSchema = z
  .object({
    id: guid.optional(),
    displayName: z.string().min(1, { error: 'must not be empty' }),
    members: z.array(z.string()).default([]),
    deleted: z.boolean().default(false),
    groupTypes: z.array(z.string()).default([]),
    mailEnabled: z.boolean().default(false),
    securityEnabled: z.boolean().default(true),
  })
  .catchall(z.json());

const publicKey = z.string().refine(isRsaPublicKey, { error: 'must be an RSA public key in PEM form' });

function isRsaPublicKey(text: string): boolean {
  try {
    return createPublicKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

const federatedCredential = z.strictObject({
  issuer: z.string().min(1),
  subject: z.string().min(1),
  audience: z.string().default('api://AzureADTokenExchange'),
  publicKey,
});

const applicationSchema = z.strictObject({
  clientId: guid,
  objectId: guid.optional(),
  displayName: z.string().default('entra-ldapd'),
  secrets: z
    .array(z.union([z.string().min(1), z.strictObject({ value: z.string().min(1), expires: when.optional() })]))
    .default([]),
  certificates: z.array(certificate).default([]),
  permissions: z.array(z.string()).optional(),
  adminConsent: z.boolean().default(true),
  publicClient: z.boolean().default(false),
  federatedCredentials: z.array(federatedCredential).default([]),
  disabled: z.boolean().default(false),
  blockedAddress: z.boolean().default(false),
});

const domainSchema = z.union([
  domainName,
  z.strictObject({
    name: domainName,
    default: z.boolean().default(false),
    initial: z.boolean().default(false),
    federated: z.boolean().default(false),
  }),
]);

/** The shape of a tenant file. Users and groups take every Microsoft Graph property beside the keys named here. */
export const tenantFileSchema = z.strictObject({
  tenant: z.strictObject({
    id: tenantId,
    displayName: z.string().default('Contoso'),
    domains: z.array(domainSchema).min(1, { error: 'needs at least one domain' }),
  }),
  applications: z.array(applicationSchema).optional(),
  users: z.array(userSchema).default([]),
  groups: z.array(groupSchema).default([]),
  devices: z.array(z.strictObject({ id: guid.optional(), displayName: z.string() })).default([]),
  assignments: z.array(z.string()).default([]),
  ...offersSchema,
});

/** A tenant file with its defaults filled in. */
export type TenantFile = z.output<typeof tenantFileSchema>;
