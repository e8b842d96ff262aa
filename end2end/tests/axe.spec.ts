// No serious or critical finding of axe on any page.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { openBoard } from '../support/board';
import { dayOf, today } from '../support/day';
import { expect, openGrid, ready, signIn, test } from '../support/fixtures';
import { MINA, blocks, row, ko } from '../support/words';

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = grave.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join('\n  ')}`);
  expect(found, 'serious or critical findings of axe').toEqual([]);
}

// axe is a script: it needs a page that runs scripts.
test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'axe runs inside the page');

test('/login', async ({ page, hydrated }) => {
  await page.goto('/login');
  await ready(page, hydrated);
  await expectAccessible(page);
});

// A page or two a test: axe takes its time.
test('/rooms and /bookings', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await openGrid(page, today(), hydrated);
  await expectAccessible(page);

  const number = await blocks(page).first().getAttribute('data-booking');
  await page.goto(`/bookings/${number}`);
  await ready(page, hydrated);
  await expectAccessible(page);
});

test('/rooms/book', async ({ page, hydrated }, info) => {
  await signIn(page, MINA, hydrated);
  await openGrid(page, dayOf('axe', info), hydrated);
  await row(page, '한라').getByRole('link', { name: ko.bookRoom('한라') }).click();
  await expect(page).toHaveURL(/\/rooms\/book/);
  await ready(page, hydrated);
  await expectAccessible(page);
});

test('/notices', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await page.goto('/notices');
  await ready(page, hydrated);
  await expectAccessible(page);
});

test('/admin and /admin/sync', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  for (const address of ['/admin', '/admin/sync']) {
    await page.goto(address);
    await ready(page, hydrated);
    await expectAccessible(page);
  }
});

test('/display', async ({ page, anotherPage, hydrated }) => {
  await signIn(page, MINA, hydrated);
  const screen = await anotherPage();
  await openBoard(page, screen);
  await ready(screen, hydrated);
  await expectAccessible(screen);
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark' });

  test('/rooms', async ({ page, hydrated }) => {
    await signIn(page, MINA, hydrated);
    await openGrid(page, today(), hydrated);
    await expectAccessible(page);
  });
});
