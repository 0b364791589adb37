import { z } from 'zod';
import { SIGN_IN_CODES, type SignIn, isSignIn } from './sign-in.ts';

/** Reads a sign-in behaviour from files and requests. */
export const signInSchema = z.custom<SignIn>((value) => typeof value === 'string' && isSignIn(value), {
  error: `must be one of ${Object.keys(SIGN_IN_CODES).join(', ')}`,
});
