// Days and times of the demo company, which lives in Seoul (no daylight saving: always +09:00).
// Tests book in the future, so that they pass at any hour; each has a day of its own.
import type { TestInfo } from '@playwright/test';

const ZONE = 'Asia/Seoul';

/** Today in Seoul, `YYYY-MM-DD`. */
export function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' }).format(new Date());
}

/** Some days from today. */
function daysAhead(days: number): string {
  const date = new Date(`${today()}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Days of one test, in the order of the files. Add at the end: two tests on one day would see each other's bookings. */
const DAYS = [
  'form',
  'taken',
  'change',
  'drag',
  'reload',
  'push',
  'keyboard',
  'axe',
  'thumb',
  'notices',
] as const;

/** The day that belongs to this test in this project; another one each time that `--repeat-each` repeats it. */
export function dayOf(test: (typeof DAYS)[number], info: TestInfo): string {
  const project = ['hydrated', 'no-js', 'phone'].indexOf(info.project.name);
  return daysAhead(5 + DAYS.indexOf(test) + DAYS.length * (project + 3 * info.repeatEachIndex));
}

/** `2026-11-24` and `14:30` as Google writes it. */
export function instant(date: string, time: string): string {
  return `${date}T${time}:00+09:00`;
}

/** The same instant, however it is written. */
export function sameInstant(a: string | null | undefined, b: string): boolean {
  return a != null && Date.parse(a) === Date.parse(b);
}

/** Some minutes from now, at a whole minute. */
export function minutesFromNow(minutes: number): string {
  const whole = Math.floor(Date.now() / 60_000) + minutes;
  return new Date(whole * 60_000).toISOString().replace('.000Z', 'Z');
}
