// google-auth-library: exchange, refresh, revocation, id tokens, a service account with domain-wide delegation.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { google } from 'googleapis';

import {
  CLIENT_ID,
  DOMAIN,
  EVENTS_SCOPE,
  JOON,
  MINA,
  ROOMS_SCOPE,
  SANDBOX,
  begin,
  calendarWith,
  consent,
  control,
  directoryWith,
  hour,
  oauthClient,
  refused,
} from './support.mjs';

beforeEach(begin);

async function signedIn(person, scopes) {
  const auth = oauthClient();
  const callback = await consent(auth, person, scopes);
  assert.equal(callback.get('state'), 's');
  const { tokens } = await auth.getToken(callback.get('code'));
  auth.setCredentials(tokens);
  return auth;
}

test('a client refreshes by itself', async () => {
  const auth = await signedIn(JOON, [EVENTS_SCOPE]);
  assert.ok(auth.credentials.refresh_token);
  const calendar = calendarWith(auth);
  const first = auth.credentials.access_token;
  await control('expire-access-tokens');
  const { data } = await calendar.events.list({ calendarId: 'primary' });
  assert.equal(data.accessRole, 'owner');
  assert.notEqual(auth.credentials.access_token, first, 'a 401 makes the client refresh and try again');
  await refused(calendar.calendarList.list(), 403, 'insufficientPermissions');
  const info = await auth.getTokenInfo(auth.credentials.access_token);
  assert.deepEqual([info.aud, info.scopes], [CLIENT_ID, [EVENTS_SCOPE]]);
});

test('a revoked grant is invalid', async () => {
  const auth = await signedIn(JOON, [EVENTS_SCOPE]);
  const { refresh_token } = auth.credentials;
  assert.equal((await auth.revokeCredentials()).status, 200);
  auth.setCredentials({ refresh_token });
  const error = await refused(auth.getAccessToken(), 400);
  assert.equal(error.response.data.error, 'invalid_grant');
  assert.equal(error.response.data.error_description, 'Token has been expired or revoked.');
});

test('an id token is verified', async () => {
  const auth = await signedIn(JOON, ['openid', 'email']);
  const ticket = await auth.verifyIdToken({ idToken: auth.credentials.id_token, audience: CLIENT_ID });
  const claims = ticket.getPayload();
  assert.deepEqual([claims.email, claims.hd, claims.iss], [JOON, DOMAIN, 'https://accounts.google.com']);
});

/**
 * The client signs for, and asks at, one address that no option changes: its transport leads that one to the sandbox,
 * as a name server would.
 */
function robot(key, scopes, subject) {
  const auth = new google.auth.JWT({
    email: key.client_email,
    key: key.private_key,
    keyId: key.private_key_id,
    scopes,
    subject,
  });
  auth.transporter.interceptors.request.add({
    resolved: async (request) => {
      if (String(request.url) === 'https://oauth2.googleapis.com/token') request.url = new URL(`${SANDBOX}/token`);
      return request;
    },
  });
  return auth;
}

test('a service account acts for people', async () => {
  const key = await control('service-account', undefined, 'GET');
  const delegate = (scopes) => control('delegations', { domain: DOMAIN, client: key.client_id, scopes });
  await delegate([]);
  const refusal = await refused(robot(key, [ROOMS_SCOPE], MINA).authorize(), 401);
  assert.equal(refusal.response.data.error, 'unauthorized_client');
  await delegate([ROOMS_SCOPE, EVENTS_SCOPE]);
  const admin = directoryWith(robot(key, [ROOMS_SCOPE], MINA));
  const { data: rooms } = await admin.resources.calendars.list({ customer: 'my_customer' });
  assert.equal(rooms.items.length, 24);
  const calendar = calendarWith(robot(key, [EVENTS_SCOPE], JOON));
  const { data: made } = await calendar.events.insert({ calendarId: 'primary', requestBody: hour(10) });
  assert.equal(made.creator.email, JOON);
  const nobody = await refused(robot(key, [EVENTS_SCOPE], `nobody@${DOMAIN}`).authorize(), 400);
  assert.equal(nobody.response.data.error_description, 'Invalid email or User ID');
});
