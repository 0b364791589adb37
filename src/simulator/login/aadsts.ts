/** The errors of the token endpoint: numbers, OAuth error words and texts as Microsoft documents them. */

/** How one AADSTS code looks on the wire. */
export interface AadstsShape {
  readonly status: 400 | 401;
  readonly error: string;
  readonly suberror?: string;
  /** true: Entra answers so only after the password turned out to be right. */
  readonly provesPassword: boolean;
  /** true: a `claims` challenge comes with it. */
  readonly claims?: boolean;
  readonly text: (detail: AadstsDetail) => string;
}

/** The words that texts mention. */
export interface AadstsDetail {
  readonly tenant: string;
  readonly clientId: string;
  readonly value: string;
}

const GRAPH_APP = '00000003-0000-0000-c000-000000000000';

function grant(text: string, extra: Partial<AadstsShape> = {}): AadstsShape {
  return { status: 400, error: 'invalid_grant', provesPassword: false, text: () => text, ...extra };
}

function client(text: (detail: AadstsDetail) => string): AadstsShape {
  return { status: 401, error: 'invalid_client', provesPassword: false, text };
}

function request(error: string, text: (detail: AadstsDetail) => string): AadstsShape {
  return { status: 400, error, provesPassword: false, text };
}

const PROVEN = { provesPassword: true };
const INTERACTION = { provesPassword: true, suberror: 'basic_action' };
const BLOCKED = { provesPassword: true, suberror: 'message_only', claims: true };

const NO_TENANT =
  'Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.';

/** Every code that the simulator can answer with. */
export const AADSTS: ReadonlyMap<number, AadstsShape> = new Map([
  [
    50020,
    grant(
      "User account from identity provider 'live.com' does not exist in this tenant and cannot access the application. The account needs to be added as an external user in the tenant first.",
    ),
  ],
  [
    50034,
    grant(
      'The user account {EmailHidden} does not exist in the directory. To sign into this application, the account must be added to the directory.',
      { suberror: 'bad_token' },
    ),
  ],
  [50053, grant("You've tried to sign in too many times with an incorrect user ID or password.")],
  [50055, grant('The password is expired.', { ...PROVEN, suberror: 'user_password_expired' })],
  [50056, grant('Invalid or null password: password does not exist in the directory for this user.')],
  [50057, grant('The user account is disabled.')],
  [
    50059,
    request(
      'invalid_request',
      () => 'No tenant-identifying information found in either the request or implied by any provided credentials.',
    ),
  ],
  [50064, grant('Credential validation failed.')],
  [
    50072,
    grant(
      'Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication.',
      INTERACTION,
    ),
  ],
  [50074, grant('Strong Authentication is required.', INTERACTION)],
  [
    50076,
    grant(
      `Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '${GRAPH_APP}'.`,
      INTERACTION,
    ),
  ],
  [
    50079,
    grant(
      'Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication.',
      { ...INTERACTION, claims: true },
    ),
  ],
  [
    50105,
    grant(
      'Your administrator has configured the application to block users unless they are specifically granted access to the application.',
      PROVEN,
    ),
  ],
  [50126, grant('Error validating credentials due to invalid username or password.')],
  [
    50128,
    request(
      'invalid_request',
      () =>
        'Invalid domain name - No tenant-identifying information found in either the request or implied by any provided credentials.',
    ),
  ],
  [
    50131,
    grant(
      'Device is not in required device state. Access is blocked due to the conditional access policy on this account.',
      BLOCKED,
    ),
  ],
  [
    50144,
    grant(
      "The user's Active Directory password has expired. Generate a new password for the user or have the user use the self-service reset tool to reset their password.",
      { ...PROVEN, suberror: 'user_password_expired' },
    ),
  ],
  [50158, grant('External security challenge was not satisfied.', INTERACTION)],
  [
    50196,
    grant(
      'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.',
    ),
  ],
  [
    51004,
    grant(
      'The user account {EmailHidden} does not exist in the directory. To sign into this application, the account must be added to the directory.',
    ),
  ],
  [
    53000,
    grant(
      'Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.',
      BLOCKED,
    ),
  ],
  [
    53001,
    grant(
      'Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.',
      BLOCKED,
    ),
  ],
  [53002, grant('Application used is not an approved app for Conditional Access.', BLOCKED)],
  [
    53003,
    grant(
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
      BLOCKED,
    ),
  ],
  [
    53004,
    grant(
      'Proof up blocked due to risk: the user needs to complete the multi-factor authentication registration process before accessing this content.',
      BLOCKED,
    ),
  ],
  [53011, grant('User blocked due to risk on home tenant.', BLOCKED)],
  [
    65001,
    request(
      'invalid_grant',
      ({ clientId }) =>
        `The user or administrator has not consented to use the application with ID '${clientId}'. Send an interactive authorization request for this user and resource.`,
    ),
  ],
  [
    70016,
    request('authorization_pending', () => 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.'),
  ],
  [
    70018,
    request('bad_verification_code', () => "The provided value for the input parameter 'device_code' is not valid."),
  ],
  [
    70020,
    request(
      'expired_token',
      () => "The provided value for the input parameter 'device_code' is not valid. This code has expired.",
    ),
  ],
  [70003, request('unsupported_grant_type', ({ value }) => `The app requested an unsupported grant type '${value}'.`)],
  [90002, request('invalid_request', ({ value }) => `Tenant '${value}' not found. ${NO_TENANT}`)],
  [
    500011,
    request(
      'invalid_resource',
      ({ value, tenant }) =>
        `The resource principal named ${value} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    ),
  ],
  [530035, grant('Access has been blocked by security defaults.', BLOCKED)],
  [
    650056,
    grant(
      "Misconfigured application. This could be due to one of the following: the client has not listed any permissions in the requested permissions in the client's application registration, or the admin has not consented in the tenant.",
    ),
  ],
  [
    650057,
    grant(
      "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration.",
    ),
  ],
  [
    700016,
    request(
      'unauthorized_client',
      ({ clientId, tenant }) =>
        `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    ),
  ],
  [
    700027,
    client(
      ({ value }) =>
        `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${value}]`,
    ),
  ],
  [700021, client(() => "Client assertion application identifier doesn't match 'client_id' parameter.")],
  [700024, client(({ value }) => `Client assertion is not within its valid time range. ${value}`)],
  [700023, client(({ value }) => `Client assertion audience claim does not match Realm issuer. ${value}`)],
  [50027, client(({ value }) => `JWT token is invalid or malformed. ${value}`)],
  [
    7000112,
    {
      status: 401,
      error: 'unauthorized_client',
      provesPassword: false,
      text: ({ clientId, tenant }: AadstsDetail) =>
        `Application '${clientId}'(entra-ldapd) is disabled in '${tenant}'.`,
    },
  ],
  ...(['issuer', 'audience', 'subject'] as const).map((claim, index): [number, AadstsShape] => [
    700211 + index,
    client(
      ({ value }) =>
        `No matching federated identity record found for presented assertion ${claim} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    ),
  ]),
  [
    7000215,
    client(
      ({ clientId }) =>
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    ),
  ],
  [
    7000216,
    client(
      () => "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
  ],
  [
    7000218,
    client(() => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
  ],
  [
    7000222,
    client(
      ({ clientId }) =>
        `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
    ),
  ],
  [700025, client(() => "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")],
  [
    900561,
    request('invalid_request', ({ value }) => `The endpoint only accepts POST requests. Received a ${value} request.`),
  ],
  [
    900144,
    request('invalid_request', ({ value }) => `The request body must contain the following parameter: '${value}'.`),
  ],
  [
    1002012,
    request(
      'invalid_scope',
      ({ value }) =>
        `The provided value for scope ${value} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    ),
  ],
  [
    9001023,
    request(
      'invalid_grant',
      () =>
        'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
    ),
  ],
] satisfies [number, AadstsShape][]);
