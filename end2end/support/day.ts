// Days and times of the demo company, which lives in Seoul (no daylight saving: always +09:00).
// Tests book in the future, so that they pass at any hour; each spec has a day of its own.

const ZONE = 'Asia/Seoul';

/** Today in Seoul, `YYYY-MM-DD`. */
export function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' }).format(new Date());
}

/** Some days from today. */
export function daysAhead(days: number): string {
  const date = new Date(`${today()}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
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
