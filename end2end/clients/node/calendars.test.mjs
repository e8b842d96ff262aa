// Calendars, the calendar list, access rules, settings, colours.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { JOON, MINA, begin, calendar, hour, refused, roomEmail } from './support.mjs';

const mine = calendar(JOON);
const admins = calendar(MINA);

beforeEach(begin);

test('calendars', async () => {
  const { data: made } = await mine.calendars.insert({ requestBody: { summary: '팀', timeZone: 'Asia/Seoul' } });
  const which = { calendarId: made.id };
  assert.equal((await mine.calendars.get(which)).data.summary, '팀');
  const patched = await mine.calendars.patch({ ...which, requestBody: { description: '우리' } });
  assert.equal(patched.data.description, '우리');
  const renamed = await mine.calendars.update({ ...which, requestBody: { summary: '새 팀', timeZone: 'UTC' } });
  assert.equal(renamed.data.summary, '새 팀');
  await mine.calendars.delete(which);
  await refused(mine.calendars.get(which), 404, 'notFound');
});

test('the calendar list', async () => {
  const { data: own } = await mine.calendarList.get({ calendarId: 'primary' });
  assert.deepEqual([own.accessRole, own.primary], ['owner', true]);
  await mine.calendarList.insert({ requestBody: { id: MINA } });
  await mine.calendarList.patch({ calendarId: MINA, requestBody: { summaryOverride: '민아' } });
  const found = new Map();
  let pageToken;
  do {
    const { data } = await mine.calendarList.list({ maxResults: 5, pageToken });
    for (const entry of data.items) found.set(entry.id, entry);
    pageToken = data.nextPageToken;
  } while (pageToken);
  assert.equal(found.get(MINA).summaryOverride, '민아');
  await mine.calendarList.update({ calendarId: MINA, requestBody: { selected: false } });
  await mine.calendarList.delete({ calendarId: MINA });
  await refused(mine.calendarList.get({ calendarId: MINA }), 404, 'notFound');
});

test('access rules', async () => {
  const calendarId = await roomEmail();
  const scope = { type: 'user', value: JOON };
  const { data: made } = await admins.acl.insert({ calendarId, requestBody: { role: 'writer', scope } });
  assert.deepEqual([made.id, made.role], [`user:${JOON}`, 'writer']);
  await mine.events.insert({ calendarId, requestBody: hour(17) });
  const which = { calendarId, ruleId: made.id };
  assert.equal((await admins.acl.patch({ ...which, requestBody: { role: 'reader' } })).data.role, 'reader');
  await refused(mine.events.insert({ calendarId, requestBody: hour(18) }), 403);
  assert.equal((await admins.acl.get(which)).data.scope.value, JOON);
  const rules = (await admins.acl.list({ calendarId })).data.items;
  assert.ok(rules.some((rule) => rule.id === made.id));
  await admins.acl.update({ ...which, requestBody: { role: 'none', scope } });
  await refused(mine.events.list({ calendarId }), 404, 'notFound');
  await admins.acl.delete(which);
});

test('settings and colours', async () => {
  const { data } = await mine.settings.list();
  assert.ok(data.items.some((setting) => setting.id === 'timezone'));
  assert.equal((await mine.settings.get({ setting: 'timezone' })).data.value, 'Asia/Seoul');
  assert.ok((await mine.colors.get()).data.event['1']);
});
