// What the client makes of refusals and of full quotas.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { JOON, MINA, begin, calendar, control, hour, refused } from './support.mjs';

const mine = calendar(JOON);
const list = (options) => mine.events.list({ calendarId: 'primary' }, options);

beforeEach(begin);
afterEach(async () => {
  await control('settings', { quota_user_per_minute: null, quota_refusal: 'forbidden' });
  await control('faults', undefined, 'DELETE');
});

test('quotas', async () => {
  await control('settings', { quota_user_per_minute: 1 });
  await list();
  const error = await refused(list(), 403, 'userRateLimitExceeded');
  assert.equal(error.response.data.error.errors[0].domain, 'usageLimits');
  await control('settings', { quota_refusal: 'too_many' });
  await refused(list(), 429, 'rateLimitExceeded');
  await control('settings', { quota_user_per_minute: null });
  await control('faults', { action: { status: 429 }, count: 1 });
  const { data } = await list({ retry: true });
  assert.ok(data.items, "the client's own retry gets through");
});

test('refusals', async () => {
  await refused(mine.events.list({ calendarId: 'ada@acme.example' }), 404, 'notFound');
  await refused(mine.events.insert({ calendarId: MINA, requestBody: hour(10) }), 403, 'forbidden');
  const wrong = { ...hour(10), end: { dateTime: '2020-01-01T00:00:00Z' } };
  await refused(mine.events.insert({ calendarId: 'primary', requestBody: wrong }), 400);
  await control('faults', { action: { status: 503 }, count: 1 });
  await refused(list(), 503, 'backendError');
});

test('a broken connection and half an answer are errors', async () => {
  for (const action of ['drop_connection', 'torn_body']) {
    await control('faults', { matcher: { path: '/events' }, action, count: 1 });
    await assert.rejects(list(), action);
    await list();
  }
  await control('faults', { matcher: { path: '/events' }, action: { slow_drip_ms: 5 }, count: 1 });
  assert.ok((await list()).data.items, 'a slow answer is a whole one');
});
