import { z } from 'zod';

const extensionName = z.string().regex(/^extension_[0-9a-f]{32}_\w{1,256}$/i, {
  error: 'must be of the form extension_<application id without dashes>_<name>',
});

/** The keys of a tenant file that say what the tenant has defined beside the properties of everybody. */
export const offersSchema = {
  extensionProperties: z
    .array(
      z.strictObject({
        name: extensionName,
        appDisplayName: z.string().default('Tenant Schema Extension App'),
        dataType: z.enum(['String', 'Boolean', 'Integer', 'LargeInteger', 'DateTime', 'Binary']).default('String'),
        isMultiValued: z.boolean().default(false),
        isSyncedFromOnPremises: z.boolean().default(false),
        targetObjects: z.array(z.string()).default(['User']),
      }),
    )
    .default([]),
  schemaExtensions: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^(?!extension_)[A-Za-z][A-Za-z0-9]*_\w+$/, { error: 'must be such as extkvbmkofy_course' }),
        description: z.string().default(''),
        owner: z.string().default('7d3c1f5e-2b64-4a8e-9c0d-5e6f7a8b9c0d'),
        status: z.enum(['InDevelopment', 'Available', 'Deprecated']).default('Available'),
        targetTypes: z.array(z.string()).default(['User']),
        properties: z.array(z.strictObject({ name: z.string(), type: z.string().default('String') })),
      }),
    )
    .default([]),
  securityAttributes: z
    .array(
      z.strictObject({
        attributeSet: z.string().regex(/^\w{1,32}$/, { error: 'must be a name of letters, digits and underscores' }),
        name: z.string().regex(/^\w{1,32}$/, { error: 'must be a name of letters, digits and underscores' }),
        description: z.string().default(''),
        type: z.enum(['String', 'Boolean', 'Integer']).default('String'),
        isCollection: z.boolean().default(false),
        status: z.enum(['Available', 'Deprecated']).default('Available'),
      }),
    )
    .default([]),
};
