// Booking by the form: the way that works without JavaScript, too.
import { dayOf, instant, sameInstant } from '../support/day';
import { expect, openGrid, ready, signIn, test } from '../support/fixtures';
import { GoogleUser } from '../support/google';
import { MINA, block, failure, ko, row } from '../support/words';
import type { Page } from '@playwright/test';

const ROOM = '설악';

async function fillForm(page: Page, title: string, start: string, end: string): Promise<void> {
  await page.getByLabel(ko.title).fill(title);
  await page.getByLabel(ko.start).fill(start);
  await page.getByLabel(ko.end).fill(end);
  await page.getByRole('button', { name: ko.book }).click();
}

test('book by the form, see it on the grid and in Google, cancel it', async ({ page, hydrated }, info) => {
  const date = dayOf('form', info);
  const title = `양식 회의 ${info.project.name}`;
  await signIn(page, MINA, hydrated);
  await openGrid(page, date, hydrated);
  await row(page, ROOM).getByRole('link', { name: ko.bookRoom(ROOM) }).click();
  await expect(page).toHaveURL(/\/rooms\/book\?/);
  await ready(page, hydrated);
  await expect(page.getByLabel(ko.date)).toHaveValue(date);
  await fillForm(page, title, '14:00', '15:00');

  await expect(page).toHaveURL(new RegExp(`/rooms\\?date=${date}`));
  const booked = block(page, title);
  await expect(booked).toBeVisible();
  expect(sameInstant(await booked.getAttribute('data-start'), instant(date, '14:00'))).toBe(true);

  const mina = new GoogleUser(MINA);
  const room = await mina.room(ROOM);
  await expect.poll(async () => (await mina.find(room.resourceEmail, date, title)).length).toBe(1);

  const number = await booked.getAttribute('data-booking');
  await page.goto(`/bookings/${number}`);
  await ready(page, hydrated);
  await expect(page.getByRole('heading', { name: title })).toBeVisible();
  await page.locator('summary').filter({ hasText: ko.cancelBooking }).click();
  await page.getByRole('button', { name: ko.cancelYes }).click();
  await expect(page).toHaveURL(new RegExp(`/rooms\\?date=${date}`));
  await expect(block(page, title)).toHaveCount(0);
  await expect.poll(async () => (await mina.find(room.resourceEmail, date, title)).length).toBe(0);
});

test.describe('a room that is taken', () => {
  test.use({ noise: [/Failed to load resource: .*409/] });

  test('is refused, with other choices', async ({ page, hydrated }, info) => {
    const date = dayOf('taken', info);
    const title = `먼저 온 회의 ${info.project.name}`;
    await signIn(page, MINA, hydrated);
    const form = async (name: string): Promise<void> => {
      await openGrid(page, date, hydrated);
      await row(page, ROOM).getByRole('link', { name: ko.bookRoom(ROOM) }).click();
      await ready(page, hydrated);
      await fillForm(page, name, '10:00', '11:00');
    };
    await form(title);
    await expect(block(page, title)).toBeVisible();
    const late = `늦게 온 회의 ${info.project.name}`;
    await form(late);
    await expect(failure(page, 'room_taken')).toBeVisible();
    await expect(page.getByLabel(ko.title)).toHaveValue(late);
    await expect(page.getByLabel(ko.end)).toHaveValue('11:00');
    await expect(failure(page, 'room_taken')).toContainText(ko.alternatives);
    await openGrid(page, date, hydrated);
    await expect(block(page, '늦게 온 회의')).toHaveCount(0);
  });
});

test('change time and title on the booking page', async ({ page, hydrated }, info) => {
  const date = dayOf('change', info);
  const title = `옮길 회의 ${info.project.name}`;
  await signIn(page, MINA, hydrated);
  await page.goto(`/rooms`);
  await openGrid(page, date, hydrated);
  await row(page, ROOM).getByRole('link', { name: ko.bookRoom(ROOM) }).click();
  await ready(page, hydrated);
  await fillForm(page, title, '09:00', '09:30');
  const number = await block(page, title).getAttribute('data-booking');

  await page.goto(`/bookings/${number}`);
  await ready(page, hydrated);
  await page.getByLabel(ko.title).fill(`${title} 바뀜`);
  await page.getByLabel(ko.start).fill('16:00');
  await page.getByLabel(ko.end).fill('17:30');
  await page.getByRole('button', { name: ko.saveChanges }).click();
  await expect(page).toHaveURL(new RegExp(`/rooms\\?date=${date}`));
  const moved = block(page, `${title} 바뀜`);
  await expect(moved).toHaveAttribute('data-booking', number ?? '');
  expect(sameInstant(await moved.getAttribute('data-end'), instant(date, '17:30'))).toBe(true);
});
