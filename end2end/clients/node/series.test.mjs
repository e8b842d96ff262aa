// Recurring events through googleapis: the dates of `series.json`, which two other engines agree on.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';

import { JOON, begin, calendar } from './support.mjs';

const series = JSON.parse(readFileSync(new URL('../series.json', import.meta.url), 'utf8'));
const mine = calendar(JOON);
const primary = { calendarId: 'primary' };

beforeEach(begin);

/** A wall time or a day, so much later: civil, whatever zone this machine is in. */
const later = (civil, millis) => new Date(Date.parse(`${civil}Z`) + millis).toISOString();

/** The event as a client sends it. */
function event({ what, day, time, zone, recurrence }) {
  if (day) {
    const end = later(`${day}T00:00:00`, 86_400_000).slice(0, 10);
    return { summary: what, recurrence, start: { date: day }, end: { date: end } };
  }
  const at = (dateTime) => ({ dateTime, timeZone: zone });
  return { summary: what, recurrence, start: at(time), end: at(later(time, 1_800_000).slice(0, 19)) };
}

/** Days as they are, instants as instants: in what zone they are told does not matter. */
const started = ({ date, dateTime }) => date ?? new Date(dateTime).toISOString();

test('there are enough of them', () => assert.ok(series.length >= 12));

for (const row of series) {
  test(row.what, async () => {
    const { data: made } = await mine.events.insert({ ...primary, requestBody: event(row) });
    assert.deepEqual(made.recurrence, row.recurrence);
    const found = [];
    let pageToken;
    do {
      const which = { ...primary, eventId: made.id, maxResults: 4, pageToken };
      const { data } = await mine.events.instances(which);
      found.push(...data.items);
      pageToken = data.nextPageToken;
    } while (pageToken);
    const expected = row.starts.map((start) => (row.day ? start : new Date(start).toISOString()));
    assert.deepEqual(found.map((one) => started(one.start)), expected);
    assert.deepEqual(found.map((one) => started(one.originalStartTime)), expected);
    assert.ok(found.every((one) => one.recurringEventId === made.id && !one.recurrence));
  });
}
