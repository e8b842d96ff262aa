// What became of one's bookings: told in a list, counted in the bell, marked as seen by a form. With and without JavaScript.
import { dayOf, instant } from '../support/day';
import { expect, ready, signIn, test } from '../support/fixtures';
import { GoogleUser } from '../support/google';
import { MINA, ko } from '../support/words';

test('an overlap by force is told, and marked as seen', async ({ page, hydrated }, info) => {
  const date = dayOf('notices', info);
  const title = `점검 ${info.project.name} ${info.repeatEachIndex}`;
  const mina = new GoogleUser(MINA);
  const room = await mina.room('지리');
  await mina.force(title, room, instant(date, '10:00'), instant(date, '11:00'));
  await mina.force(title, room, instant(date, '10:30'), instant(date, '11:30'));
  await signIn(page, MINA, hydrated);

  const told = page.locator('[data-reason="overlaps"]').filter({ hasText: title });
  await expect(async () => {
    await page.goto('/notices');
    await expect(told).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  await ready(page, hydrated);
  await expect(page.getByRole('heading', { name: ko.notices, level: 1 })).toBeVisible();
  await expect(told).toContainText(`예약 ‘${title}’`);
  await expect(told).toHaveAttribute('data-seen', 'false');
  await expect(page.locator('[data-unseen]')).toBeVisible();

  await page.getByRole('button', { name: ko.seeAll }).click();
  await expect(page).toHaveURL(/\/notices$/);
  await expect(told).toHaveAttribute('data-seen', 'true');

  await told.getByRole('link', { name: ko.showDay }).click();
  await expect(page).toHaveURL(new RegExp(`/rooms\\?date=${date}$`));
});
