const graph = '00000003-0000-0000-c000-000000000000';

// Of Microsoft Graph in every tenant (https://learn.microsoft.com/graph/permissions-reference).
const roles = {
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
  'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
} as const;

/** The delegated permission `openid`, which the sign-in by password asks for. */
const openid = '37f7f235-527c-4136-accd-4a02d197296e';

/** How the application is registered in the tenant: by hand, and by the Azure command line. */
export const registrationSteps = `Register the application in your tenant first. The role "Cloud Application Administrator" can do it, except for the
admin consent, which needs "Privileged Role Administrator" or "Global Administrator".

In the Entra admin center (https://entra.microsoft.com):

  1. App registrations > New registration: any name, for instance entra-ldapd; accounts in this directory only; no
     redirect URI.
  2. Overview: note the "Directory (tenant) ID" and the "Application (client) ID".
  3. Certificates & secrets > New client secret: choose a long expiry and note the column "Value", which is shown only
     once. The column "Secret ID" is not it.
  4. API permissions > Add a permission > Microsoft Graph:
     - Application permissions: User.Read.All, GroupMember.Read.All
     - Delegated permissions: openid (for sign-in by password)
     Other permissions are not needed; User.Read, which is there by itself, can be removed.
  5. API permissions > Grant admin consent.

The same by the Azure command line:

  az login --allow-no-subscriptions
  APP=$(az ad app create --display-name entra-ldapd --sign-in-audience AzureADMyOrg --query appId --output tsv)
  az ad sp create --id "$APP"
  az ad app permission add --id "$APP" --api ${graph} --api-permissions \\
    ${roles['User.Read.All']}=Role \\
    ${roles['GroupMember.Read.All']}=Role \\
    ${openid}=Scope
  az ad app permission admin-consent --id "$APP"
  az ad app credential reset --id "$APP" --display-name entra-ldapd --years 2 --append

The last command prints the tenant, the client id (appId) and the secret (password).
`;
