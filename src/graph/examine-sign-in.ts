import { randomBytes } from 'node:crypto';

import type { Finding, TrialUser } from '../identity/examination.ts';
import type { PasswordChecker, PasswordVerdict } from '../identity/password-check.ts';
import { aadstsMeanings } from './aadsts.ts';
import { applicationRemedy } from './remedies.ts';

const row = { id: 'signIn', subject: 'Sign-in by password' };

/**
 * Whether Entra checks passwords for this application, found out with a user that does not exist: that tells what the
 * registration allows, and nothing about policies for real users. `domain` is one of the tenant's.
 */
export async function examineGrant(passwords: PasswordChecker, domain: string, signal: AbortSignal): Promise<Finding> {
  const nobody = `entra-ldapd-check-${randomBytes(6).toString('hex')}@${domain}`;
  const verdict = await passwords.check(nobody, Buffer.from(randomBytes(16).toString('base64url')), signal);
  if (verdict.kind === 'refused' && (verdict.reason === 'noSuchUser' || verdict.reason === 'wrong')) {
    const finding = 'Entra checks passwords for this application; --user tells whether the policies let a user in';
    return { ...row, verdict: 'good', finding, fix: null };
  }
  return explain(verdict);
}

/** Whether a given user can sign in by password. */
export async function examineUser(passwords: PasswordChecker, user: TrialUser, signal: AbortSignal): Promise<Finding> {
  const verdict = await passwords.check(user.userPrincipalName, Buffer.from(user.password), signal);
  if (verdict.kind === 'accepted') return { ...row, verdict: 'good', finding: 'works for this user', fix: null };
  return explain(verdict);
}

const refusals: Readonly<Record<Extract<PasswordVerdict, { kind: 'refused' }>['reason'], string>> = {
  wrong: 'Check the name and the password; each further wrong one counts towards the lockout of the account.',
  noSuchUser: 'Use the user principal name of a member of this tenant; guests sign in at their home tenant.',
  locked: 'Wait until Smart Lockout ends, or unblock the address of this server in the Entra admin center.',
  disabled: 'Enable the account in the Entra admin center.',
  expired: 'Let the user set a new password first.',
  mustChange: 'Let the user set a new password first.',
  interactionRequired:
    'A password alone does not let this user in: exclude the application from the policy that demands a second factor, for ' +
    'the address of this server only.',
  notAllowed:
    'A policy of the tenant forbids this sign-in: turn off security defaults in favour of Conditional Access, or exclude this ' +
    'application for the address of this server.',
  unknown: 'Look the code up in the sign-in logs of the Entra admin center.',
};

/** What a code means with which Entra refuses a sign-in, as a clause, and what to do about it. */
export function refusalText(aadsts: number): { readonly meaning: string; readonly advice: string } {
  const verdict = aadstsMeanings.get(aadsts)?.verdict ?? 'unknown';
  const isTrouble = verdict === 'unavailable' || verdict === 'misconfigured';
  return { meaning: meaningOf(aadsts), advice: refusals[isTrouble ? 'unknown' : verdict] };
}

function meaningOf(aadsts: number | undefined): string {
  const meaning = aadsts === undefined ? undefined : aadstsMeanings.get(aadsts)?.text;
  return meaning ?? 'refused for a reason that this program does not know';
}

function explain(verdict: PasswordVerdict): Finding {
  switch (verdict.kind) {
    case 'accepted':
      // Nobody has the made-up name, and somebody was let in under it.
      return {
        ...row,
        verdict: 'bad',
        finding: 'the sign-in service accepts any password',
        fix: 'Check tenant.authorityHost: that is not Entra.',
      };
    case 'refused': {
      const code = verdict.aadsts === undefined ? 'no code' : `AADSTS${verdict.aadsts}`;
      const finding = `${meaningOf(verdict.aadsts)} (${code})`;
      return { ...row, verdict: 'bad', finding, fix: refusals[verdict.reason] };
    }
    case 'misconfigured': {
      const fix = applicationRemedy(verdict.aadsts === undefined ? undefined : String(verdict.aadsts));
      return { ...row, verdict: 'bad', finding: verdict.message, fix };
    }
    case 'unavailable':
      return { ...row, verdict: 'bad', finding: verdict.message, fix: 'Try again in some minutes.' };
  }
}
