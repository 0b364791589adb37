/** The ways in which a password sign-in of a user can end although Entra knows the user. */
export const SIGN_IN_CODES = {
  normal: 0,
  mfaRequired: 50076,
  mfaStepUp: 50074,
  mfaEnrolmentInterrupt: 50072,
  mfaEnrolment: 50079,
  externalChallenge: 50158,
  proofUpBlocked: 53004,
  passwordExpired: 50055,
  passwordExpiredOnPremises: 50144,
  conditionalAccess: 53003,
  deviceNotCompliant: 53000,
  deviceNotJoined: 53001,
  appNotApproved: 53002,
  securityDefaults: 530035,
  conditionalAccessRisk: 50131,
  riskyUser: 53011,
  notAssigned: 50105,
  consentRequired: 65001,
  appMisconfigured: 650056,
  resourceNotListed: 650057,
  credentialValidationFailed: 50064,
  noTenantInformation: 50059,
  locked: 50053,
  disabled: 50057,
  noPassword: 50056,
  federated: 50126,
  notFound: 50034,
  notInDirectory: 51004,
  guest: 50020,
  loop: 50196,
} as const;

/** The name of a configured sign-in behaviour. `normal` signs in when the password is right. */
export type SignIn = keyof typeof SIGN_IN_CODES;

/** Narrows text to a sign-in behaviour. */
export function isSignIn(text: string): text is SignIn {
  return Object.hasOwn(SIGN_IN_CODES, text);
}
