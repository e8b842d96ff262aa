// What is done in Google Calendar appears on open pages. Roomly's periodic pass sleeps for ten minutes here (see
// playwright.config.ts), so whatever appears came by a notification.
import { dayOf, instant, minutesFromNow, sameInstant, today } from '../support/day';
import { expect, openGrid, ready, signIn, test } from '../support/fixtures';
import { GoogleUser } from '../support/google';
import { JOON, MINA, block, liveStatus } from '../support/words';
import { freeRoom, openBoard } from '../support/board';

test('an event made, moved and deleted in Google follows on the open grid', async ({ page }, info) => {
  const date = dayOf('push', info);
  const title = '구글에서 만든 회의';
  const joon = new GoogleUser(JOON);
  const room = await new GoogleUser(MINA).room('지리');
  await signIn(page, MINA, true);
  await openGrid(page, date, true);
  await expect(block(page, title)).toHaveCount(0);

  const event = await joon.insert(title, room, instant(date, '11:00'), instant(date, '12:00'));
  await expect(block(page, title)).toBeVisible();
  await expect(block(page, title)).toHaveAttribute('data-state', 'confirmed');

  const change = { start: { dateTime: instant(date, '13:00') }, end: { dateTime: instant(date, '13:45') } };
  await joon.patch(event.id, change);
  await expect
    .poll(async () => sameInstant(await block(page, title).getAttribute('data-start'), instant(date, '13:00')))
    .toBe(true);

  await joon.patch(event.id, { summary: `${title} (제목 바뀜)` });
  await expect(block(page, `${title} (제목 바뀜)`)).toBeVisible();

  await joon.delete(event.id);
  await expect(block(page, title)).toHaveCount(0);
  await expect(liveStatus(page)).toHaveAttribute('data-live', 'live');
});

test('an event that begins now appears on the open lobby board', async ({ page, anotherPage }) => {
  await signIn(page, MINA, true);
  await openGrid(page, today(), true);
  const name = await freeRoom(page, 40);
  const board = await anotherPage();
  await openBoard(page, board);
  await ready(board, true);
  const line = board.locator('[data-room]').filter({ hasText: name });
  await expect(line).toBeVisible();
  const before = await line.innerText();

  const joon = new GoogleUser(JOON);
  const room = await new GoogleUser(MINA).room(name);
  const event = await joon.insert('로비에서 보이는 회의', room, minutesFromNow(-1), minutesFromNow(30));
  await expect(line).not.toHaveText(before, { useInnerText: true });
  await expect(line).toContainText(/사용 중/);
  await joon.delete(event.id);
  await expect(line).not.toContainText(/사용 중/);
});
