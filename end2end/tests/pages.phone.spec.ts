// A phone in a hand: nothing runs out of the screen sideways, and a room is booked with a thumb.
import { dayOf, today } from '../support/day';
import { expect, openGrid, ready, signIn, test } from '../support/fixtures';
import { MINA, block, ko } from '../support/words';
import type { Page } from '@playwright/test';

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over, 'pixels that the page is wider than the screen').toBeLessThanOrEqual(0);
}

test('pages fit the screen', async ({ page, hydrated }) => {
  await page.goto('/login');
  await ready(page, hydrated);
  await expectNoSidewaysScroll(page);
  await signIn(page, MINA, hydrated);
  await openGrid(page, today(), hydrated);
  await expectNoSidewaysScroll(page);
  for (const path of ['/admin', '/admin/sync', '/notices']) {
    await page.goto(path);
    await ready(page, hydrated);
    await expectNoSidewaysScroll(page);
  }
});

test('a room is booked with a thumb', async ({ page, hydrated }, info) => {
  const title = '전화기로 잡은 회의';
  const date = dayOf('thumb', info);
  await signIn(page, MINA, hydrated);
  await openGrid(page, date, hydrated);
  await page.goto(`/rooms/book?room=1&date=${date}&start=14:00`);
  await ready(page, hydrated);
  await page.getByLabel(ko.title).fill(title);
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: ko.book }).tap();
  await expect(page).toHaveURL(new RegExp(`/rooms\\?date=${date}`));
  await expect(block(page, title)).toBeAttached();
});
