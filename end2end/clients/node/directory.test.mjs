// Rooms, buildings, features and people of the Admin Directory.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { DOMAIN, JOON, MINA, begin, directory, refused } from './support.mjs';

const admin = directory(MINA);
const customer = 'my_customer';

beforeEach(begin);

test('rooms', async () => {
  const rooms = admin.resources.calendars;
  const seen = [];
  let pageToken;
  do {
    const { data } = await rooms.list({ customer, maxResults: 10, pageToken });
    seen.push(...data.items);
    pageToken = data.nextPageToken;
  } while (pageToken);
  assert.equal(seen.length, 24);
  const requestBody = { resourceId: 'node-room', resourceName: '노드', capacity: 6 };
  const { data: made } = await rooms.insert({ customer, requestBody });
  await refused(rooms.insert({ customer, requestBody }), 409, 'duplicate');
  const which = { customer, calendarResourceId: 'node-room' };
  assert.equal((await rooms.patch({ ...which, requestBody: { capacity: 8 } })).data.capacity, 8);
  assert.equal((await rooms.update({ ...which, requestBody: { resourceName: '마디' } })).data.capacity, 8);
  const { data: found } = await rooms.list({ customer, query: 'name=마디' });
  assert.deepEqual(found.items.map((room) => room.resourceEmail), [made.resourceEmail]);
  await rooms.delete(which);
  await refused(rooms.get(which), 404, 'notFound');
});

test('buildings and features', async () => {
  const { buildings, features } = admin.resources;
  const building = { buildingId: 'node', buildingName: '노드', floorNames: ['1'] };
  await buildings.insert({ customer, requestBody: building });
  const which = { customer, buildingId: 'node' };
  await buildings.patch({ ...which, requestBody: { floorNames: ['1', '2'] } });
  assert.deepEqual((await buildings.get(which)).data.floorNames, ['1', '2']);
  await buildings.update({ ...which, requestBody: building });
  assert.ok((await buildings.list({ customer })).data.buildings.some((one) => one.buildingId === 'node'));
  await buildings.delete(which);
  await features.insert({ customer, requestBody: { name: '로봇' } });
  await features.rename({ customer, oldName: '로봇', requestBody: { newName: '기계' } });
  assert.ok((await features.list({ customer })).data.features.some((one) => one.name === '기계'));
  assert.equal((await features.get({ customer, featureKey: '기계' })).data.name, '기계');
  await features.delete({ customer, featureKey: '기계' });
});

test('people', async () => {
  const { users } = admin;
  assert.equal((await users.list({ customer })).data.users.length, 30);
  assert.equal((await users.get({ userKey: MINA })).data.isAdmin, true);
  assert.equal((await users.patch({ userKey: JOON, requestBody: { suspended: true } })).data.suspended, true);
  assert.equal((await users.update({ userKey: JOON, requestBody: { suspended: false } })).data.suspended, false);
  await users.delete({ userKey: JOON });
  await refused(users.get({ userKey: JOON }), 404, 'notFound');
  const { data: gone } = await users.list({ domain: DOMAIN, showDeleted: 'true' });
  await users.undelete({ userKey: gone.users[0].id, requestBody: {} });
  await users.makeAdmin({ userKey: JOON, requestBody: { status: true } });
  assert.equal((await users.get({ userKey: JOON })).data.isAdmin, true);
});

test('not for everybody', async () => {
  const common = directory(JOON);
  await refused(common.users.list({ customer }), 403, 'forbidden');
  const { data } = await common.users.list({ customer, viewType: 'domain_public' });
  assert.equal(data.users[0].isAdmin, undefined);
  await refused(common.resources.calendars.list({ customer }), 403, 'forbidden');
});
