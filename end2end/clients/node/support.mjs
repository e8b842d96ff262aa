// Google's own Node.js client, pointed at the sandbox. Nothing of it is changed: only addresses are.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { google } from 'googleapis';

export const SANDBOX = process.env.SANDBOX_URL.replace(/\/$/, '');
export const DOMAIN = 'hanbit.example';
export const MINA = `mina@${DOMAIN}`;
export const JOON = `joon@${DOMAIN}`;

export const CLIENT_ID = 'roomly-demo.apps.googleusercontent.com';
export const CLIENT_SECRET = 'roomly-demo-secret';
export const REDIRECT = 'http://127.0.0.1:3000/callback';
export const EVENTS_SCOPE = 'https://www.googleapis.com/auth/calendar.events';
export const ROOMS_SCOPE = 'https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly';

const rootUrl = `${SANDBOX}/`;

/** The OAuth client with the sandbox's addresses, as its options allow. */
export function oauthClient() {
  return new google.auth.OAuth2({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: REDIRECT,
    // Else it believes in the end that it was told, and a 401 before that is an error.
    forceRefreshOnFailure: true,
    endpoints: {
      oauth2AuthBaseUrl: `${SANDBOX}/o/oauth2/v2/auth`,
      oauth2FederatedSignonJwkCertsUrl: `${SANDBOX}/oauth2/v3/certs`,
      oauth2FederatedSignonPemCertsUrl: `${SANDBOX}/oauth2/v1/certs`,
      oauth2RevokeUrl: `${SANDBOX}/revoke`,
      oauth2TokenUrl: `${SANDBOX}/token`,
      tokenInfoUrl: `${SANDBOX}/tokeninfo`,
    },
  });
}

/** Acts as a person with all scopes. */
function as(person) {
  const auth = oauthClient();
  auth.setCredentials({ access_token: `sandbox:${person}` });
  return auth;
}

/** The client repeats refused reads by itself; tests that look at refusals want the first. */
export const calendarWith = (auth) => google.calendar({ version: 'v3', auth, rootUrl, retry: false });
export const directoryWith = (auth) => google.admin({ version: 'directory_v1', auth, rootUrl, retry: false });
export const calendar = (person) => calendarWith(as(person));
export const directory = (person) => directoryWith(as(person));

/** A control route of the sandbox, which Google does not have. */
export async function control(route, body, method = 'POST') {
  const answer = await fetch(`${SANDBOX}/sandbox/${route}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(answer.ok, `${route}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

/** The seeded companies, no faults, rooms that answer at once. */
export async function begin() {
  await control('reset');
  await control('faults', undefined, 'DELETE');
  await control('settings', { room_answer_delay_ms: 0, page_size: null });
}

/** What a person's click on Google's own address gives back. */
export async function consent(auth, person, scope) {
  const url = new URL(auth.generateAuthUrl({ access_type: 'offline', prompt: 'consent', scope, state: 's' }));
  url.pathname += '/choose';
  url.searchParams.set('as', person);
  const answer = await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 302);
  return new URL(answer.headers.get('location')).searchParams;
}

/** The client's own error, with Google's status and reason. */
export async function refused(promise, status, reason) {
  const error = await promise.then(
    () => assert.fail(`expected ${status}`),
    (caught) => caught,
  );
  assert.equal(error.response?.status ?? error.status, status, error.message);
  if (reason) assert.equal(error.response.data.error.errors[0].reason, reason);
  return error;
}

export async function roomEmail(number = 0) {
  const { data } = await directory(MINA).resources.calendars.list({ customer: 'my_customer' });
  return data.items[number].resourceEmail;
}

/** An hour in Seoul, far from the seeded bookings. */
export function hour(start, more = {}) {
  const day = new Date(Date.now() + 50 * 86_400_000).toISOString().slice(0, 10);
  const at = (clock) => ({
    dateTime: `${day}T${String(clock).padStart(2, '0')}:00:00+09:00`,
    timeZone: 'Asia/Seoul',
  });
  return { summary: '회의', start: at(start), end: at(start + 1), ...more };
}

/** An id that nobody took: base32hex. */
export const ownId = () => `no${randomBytes(12).toString('hex')}`;

/** Receives notifications. */
export async function receiver() {
  const heard = [];
  const waiting = [];
  const server = createServer((request, response) => {
    const next = waiting.shift();
    if (next) next(request.headers);
    else heard.push(request.headers);
    response.writeHead(204).end();
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${server.address().port}/hook`,
    next: () => (heard.length ? Promise.resolve(heard.shift()) : new Promise((found) => waiting.push(found))),
    close: () => server.close(),
  };
}
