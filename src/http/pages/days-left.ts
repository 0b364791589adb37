import type { Tone } from './icons.ts';

/** So many days before its end a credential or certificate is told of, and so many before it is pressing. */
const soonDays = 30;
const pressingDays = 7;
const dayMs = 86_400_000;

/** Whole days until something ends; below zero once it has. */
export function daysLeft(endsAtMs: number, nowMs: number): number {
  return Math.floor((endsAtMs - nowMs) / dayMs);
}

/** How pressing that is. */
export function toneOfDays(days: number): Extract<Tone, 'good' | 'warn' | 'bad'> {
  if (days < pressingDays) return 'bad';
  return days < soonDays ? 'warn' : 'good';
}
