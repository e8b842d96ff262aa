// Booking by hand on the grid, and what Google then holds.
import { dayOf, instant, sameInstant } from '../support/day';
import { expect, openGrid, signIn, test } from '../support/fixtures';
import { GoogleUser } from '../support/google';
import { drag } from '../support/grid';
import { JOON, MINA, block, popover } from '../support/words';

const ROOM = '한라';

test('drag over free time, type a title, press Enter: booked here and in Google', async ({ page, anotherPage }, info) => {
  const date = dayOf('drag', info);
  const title = '한라 기획 회의';
  const other = await anotherPage();
  await signIn(other, JOON, true);
  await openGrid(other, date, true);

  await signIn(page, MINA, true);
  await openGrid(page, date, true);
  await drag(page, ROOM, '14:00', '15:00');
  const form = popover(page);
  await expect(form).toBeVisible();
  await expect(form.getByRole('textbox').first()).toBeFocused();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');

  const booked = block(page, title);
  await expect(booked).toBeVisible();
  expect(sameInstant(await booked.getAttribute('data-start'), instant(date, '14:00'))).toBe(true);
  expect(sameInstant(await booked.getAttribute('data-end'), instant(date, '15:00'))).toBe(true);
  // The room's own answer comes back from Google.
  await expect(booked).toHaveAttribute('data-state', 'confirmed');
  // On a colleague's open page without a reload.
  await expect(block(other, title)).toHaveAttribute('data-state', 'confirmed');

  const mina = new GoogleUser(MINA);
  const room = await mina.room(ROOM);
  const [own] = await mina.find(MINA, date, title);
  expect(own, "the event is on the organiser's calendar").toBeDefined();
  expect(own?.organizer?.email).toBe(MINA);
  expect(sameInstant(own?.start.dateTime, instant(date, '14:00'))).toBe(true);
  const guest = own?.attendees?.find((attendee) => attendee.email === room.resourceEmail);
  expect(guest?.responseStatus).toBe('accepted');
  await expect.poll(async () => (await mina.find(room.resourceEmail, date, title)).length).toBe(1);
  await expect(block(page, title)).toHaveCount(1);
});

test('a booking keeps its place over a reload', async ({ page }, info) => {
  const date = dayOf('reload', info);
  const title = '다시 읽어도 그대로';
  await signIn(page, MINA, true);
  await openGrid(page, date, true);
  await drag(page, ROOM, '10:00', '10:30');
  await expect(popover(page)).toBeVisible();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
  await expect(block(page, title)).toHaveAttribute('data-booking', /\d+/);
  const number = await block(page, title).getAttribute('data-booking');
  await openGrid(page, date, true);
  await expect(block(page, title)).toHaveAttribute('data-booking', number ?? '');
});
