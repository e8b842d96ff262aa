// Every method of `events` and `freebusy`, through googleapis.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { JOON, MINA, begin, calendar, hour, ownId, receiver, refused, roomEmail } from './support.mjs';

const mine = calendar(JOON);
const admins = calendar(MINA);
const primary = { calendarId: 'primary' };
const insert = async (requestBody, more = {}) => (await mine.events.insert({ ...primary, requestBody, ...more })).data;

beforeEach(begin);

test('insert, get, patch, update, delete', async () => {
  const requestBody = hour(10, { id: ownId() });
  const made = await insert(requestBody);
  assert.deepEqual([made.id, made.organizer], [requestBody.id, { email: JOON, self: true }]);
  await refused(insert(requestBody), 409, 'duplicate');

  const which = { ...primary, eventId: made.id };
  const got = await mine.events.get(which);
  assert.equal(got.data.etag, made.etag);
  const unchanged = await mine.events.get(which, { headers: { 'If-None-Match': made.etag } });
  assert.equal(unchanged.status, 304);

  const patched = (await mine.events.patch({ ...which, requestBody: { summary: '새 제목' } })).data;
  assert.deepEqual([patched.summary, patched.start], ['새 제목', made.start]);
  const headers = (etag) => ({ headers: { 'If-Match': etag } });
  const late = mine.events.patch({ ...which, requestBody: { summary: 'late' } }, headers(made.etag));
  await refused(late, 412, 'conditionNotMet');
  const placed = await mine.events.patch({ ...which, requestBody: { location: '2층' } }, headers(patched.etag));
  assert.equal(placed.data.location, '2층');

  const { summary, start, end } = made;
  const whole = await mine.events.update({ ...which, requestBody: { summary, start, end } });
  assert.equal(whole.data.location, undefined, 'PUT replaces');

  assert.equal((await mine.events.delete(which)).status, 204);
  await refused(mine.events.delete(which), 410, 'deleted');
  assert.equal((await mine.events.get(which)).data.status, 'cancelled');
  await refused(mine.events.get({ ...primary, eventId: 'nothing' }), 404, 'notFound');
});

test('pages and sync tokens', async () => {
  for (const at of [9, 10, 11]) await insert(hour(at));
  const seen = [];
  let pageToken;
  let syncToken;
  do {
    const { data } = await mine.events.list({ ...primary, maxResults: 2, pageToken });
    seen.push(...data.items);
    ({ nextPageToken: pageToken, nextSyncToken: syncToken } = data);
  } while (pageToken);
  assert.ok(seen.length >= 3);
  const gone = seen.at(-1).id;
  await mine.events.delete({ ...primary, eventId: gone });
  const { data: delta } = await mine.events.list({ ...primary, syncToken });
  assert.deepEqual(delta.items.map((event) => [event.id, event.status]), [[gone, 'cancelled']]);
  await refused(mine.events.list({ ...primary, syncToken, q: 'x' }), 400);
  await refused(mine.events.list({ calendarId: MINA, syncToken }), 410, 'fullSyncRequired');
});

test('instances of a series', async () => {
  const series = await insert(hour(10, { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'] }));
  const instances = async () => (await mine.events.instances({ ...primary, eventId: series.id })).data.items;
  const four = await instances();
  assert.equal(four.length, 4);
  assert.ok(four.every((one) => one.recurringEventId === series.id));
  await mine.events.patch({ ...primary, eventId: four[1].id, requestBody: { summary: 'alone' } });
  await mine.events.delete({ ...primary, eventId: four[2].id });
  assert.deepEqual((await instances()).map((one) => one.summary), ['회의', 'alone', '회의']);
});

test('a room answers, and free and busy times follow', async () => {
  const room = await roomEmail();
  const body = hour(13, { attendees: [{ email: room, resource: true }] });
  const made = await insert(body, { sendUpdates: 'none' });
  const answer = async (client, eventId) =>
    (await client.events.get({ ...primary, eventId })).data.attendees[0].responseStatus;
  assert.equal(await answer(mine, made.id), 'accepted');
  const taken = (await admins.events.insert({ ...primary, requestBody: body })).data;
  assert.equal(await answer(admins, taken.id), 'declined');
  const nobody = 'nobody@elsewhere.example';
  const query = { timeMin: body.start.dateTime, timeMax: body.end.dateTime, items: [{ id: room }, { id: nobody }] };
  const { calendars } = (await mine.freebusy.query({ requestBody: query })).data;
  assert.equal(calendars[room].busy.length, 1);
  assert.equal(calendars[nobody].errors[0].reason, 'notFound');
});

test('move, import, quickAdd, partial answers', async () => {
  const room = await roomEmail();
  const made = (await admins.events.insert({ calendarId: room, requestBody: hour(15) })).data;
  const moved = await admins.events.move({ calendarId: room, eventId: made.id, destination: MINA });
  assert.equal(moved.data.organizer.email, MINA);

  const iCalUID = `${ownId()}@elsewhere.example`;
  const imported = (await mine.events.import({ ...primary, requestBody: hour(16, { iCalUID }) })).data;
  const found = (await mine.events.list({ ...primary, iCalUID })).data.items;
  assert.deepEqual(found.map((event) => event.id), [imported.id]);

  const quick = (await mine.events.quickAdd({ ...primary, text: '점심' })).data;
  assert.equal(quick.summary, '점심');
  const { data } = await mine.events.list({ ...primary, fields: 'items(id,summary),nextSyncToken' });
  assert.deepEqual(Object.keys(data).sort(), ['items', 'nextSyncToken']);
  assert.deepEqual(Object.keys(data.items[0]).sort(), ['id', 'summary']);
});

test('a channel tells of changes until it is stopped', async (t) => {
  const hook = await receiver();
  t.after(hook.close);
  const channel = { id: ownId(), type: 'web_hook', address: hook.address, token: 't' };
  const made = (await mine.events.watch({ ...primary, requestBody: channel })).data;
  assert.deepEqual([made.id, made.kind], [channel.id, 'api#channel']);
  const first = await hook.next();
  assert.deepEqual([first['x-goog-resource-state'], first['x-goog-message-number']], ['sync', '1']);
  assert.deepEqual([first['x-goog-channel-token'], first['content-length']], ['t', '0']);
  await insert(hour(10));
  const second = await hook.next();
  assert.equal(second['x-goog-resource-state'], 'exists');
  assert.equal(second['x-goog-resource-id'], made.resourceId);
  await refused(mine.events.watch({ ...primary, requestBody: channel }), 400, 'channelIdNotUnique');
  const stop = { id: made.id, resourceId: made.resourceId };
  assert.equal((await mine.channels.stop({ requestBody: stop })).status, 204);
  await refused(mine.channels.stop({ requestBody: stop }), 404, 'notFound');
});
