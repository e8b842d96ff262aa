// Measures how long a change made in Google takes to an open grid: from the stand-in's 200 to the block in the DOM.
//
//   cargo xtask demo                                  # in another terminal; ROOMLY_POLL_SECONDS=600 shows that it is push
//   node end2end/measure/change-to-grid.mjs [rounds]
import { chromium } from '@playwright/test';

const roomly = process.env.ROOMLY ?? 'http://127.0.0.1:3000';
const google = process.env.SANDBOX ?? 'http://127.0.0.1:3001';
const rounds = Number(process.argv[2] ?? 20);
const calendar = `${google}/calendar/v3`;
const headers = { Authorization: 'Bearer sandbox:joon@hanbit.example', 'Content-Type': 'application/json' };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'ko-KR' });
await page.goto(roomly);
await page.click('a[href^="/auth/google"]');
await page.getByRole('link', { name: /mina@hanbit/ }).first().click();
await page.waitForSelector('html[data-hydrated]');
await page.waitForSelector('[data-live="live"]');

const rooms = await (await fetch(`${calendar}/users/me/calendarList`, { headers })).json();
const room = rooms.items.find((entry) => entry.summary === '금정').id;
const day = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
const at = (minutes) =>
  `${day}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00+09:00`;

/** Resolves with the time at which a block with `title` is (or is not) in the page. */
const seen = (title, there) =>
  page.evaluate(
    ([title, there]) =>
      new Promise((resolve) => {
        const holds = () =>
          [...document.querySelectorAll('[data-booking]')].some((block) => block.textContent.includes(title)) === there;
        if (holds()) return resolve(Date.now());
        const observer = new MutationObserver(() => holds() && (observer.disconnect(), resolve(Date.now())));
        observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
      }),
    [title, there],
  );

const times = [];
for (let round = 0; round < rounds; round += 1) {
  const title = `측정 ${round}`;
  const appears = seen(title, true);
  const start = 8 * 60 + (round % 24) * 30;
  const answer = await fetch(`${calendar}/calendars/primary/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      summary: title,
      start: { dateTime: at(start) },
      end: { dateTime: at(start + 30) },
      attendees: [{ email: room, resource: true }],
    }),
  });
  const answered = Date.now();
  const event = await answer.json();
  times.push((await appears) - answered);
  const goes = seen(title, false);
  await fetch(`${calendar}/calendars/primary/events/${event.id}`, { method: 'DELETE', headers });
  await goes;
}
times.sort((a, b) => a - b);
const rank = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
console.log(`${rounds} rounds: median ${rank(0.5)} ms, 95th percentile ${rank(0.95)} ms, slowest ${times.at(-1)} ms`);
await browser.close();
