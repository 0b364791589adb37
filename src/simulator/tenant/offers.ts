/** A directory extension that an application has registered. */
export interface ExtensionProperty {
  /** `extension_<application id without dashes>_<name>`. */
  readonly name: string;
  readonly appDisplayName: string;
  /** `String`, `Boolean`, `Integer`, `LargeInteger`, `DateTime` or `Binary`. */
  readonly dataType: string;
  readonly isMultiValued: boolean;
  readonly isSyncedFromOnPremises: boolean;
  /** Such as `User` and `Group`. */
  readonly targetObjects: readonly string[];
}

/** A schema extension: a typed object that objects of some types can have under its id. */
export interface SchemaExtension {
  readonly id: string;
  readonly description: string;
  readonly owner: string;
  readonly status: 'InDevelopment' | 'Available' | 'Deprecated';
  readonly targetTypes: readonly string[];
  readonly properties: readonly { readonly name: string; readonly type: string }[];
}

/** The definition of a custom security attribute. */
export interface SecurityAttributeDefinition {
  readonly attributeSet: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'String' | 'Boolean' | 'Integer';
  readonly isCollection: boolean;
  readonly status: 'Available' | 'Deprecated';
}

/** What a tenant has defined beside the properties of everybody. */
export interface TenantOffers {
  readonly extensionProperties: readonly ExtensionProperty[];
  readonly schemaExtensions: readonly SchemaExtension[];
  readonly securityAttributes: readonly SecurityAttributeDefinition[];
}

/** A tenant that has defined nothing. */
export const noOffers: TenantOffers = { extensionProperties: [], schemaExtensions: [], securityAttributes: [] };
