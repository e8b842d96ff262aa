import { expect, openGrid, signIn, test } from '../support/fixtures';
import { today } from '../support/day';
import { at } from '../support/place';
import { MINA, blocks, ko, row } from '../support/words';

test("today's rooms and bookings are in the server's HTML", async ({ page, context, hydrated }) => {
  await signIn(page, MINA, hydrated);
  const html = await (await context.request.get(`${at.roomly}/rooms?date=${today()}`)).text();
  expect(html.match(/data-room="\d+"/g)?.length).toBeGreaterThanOrEqual(24);
  expect(html.match(/data-booking="\d+"/g)?.length).toBeGreaterThan(5);
  expect(html).toContain('한라');
  expect(html).toMatch(/data-state="(confirmed|pending)"/);
});

test('every booking says when it is, how it stands and what it is called', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await openGrid(page, today(), hydrated);
  for (const one of await blocks(page).all()) {
    await expect(one).toHaveAttribute('data-state', /^(pending|confirmed|declined|conflicted|released|cancelled)$/);
    await expect(one).toHaveAttribute('data-start', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
    await expect(one).toHaveAttribute('data-end', /T/);
    await expect(one).not.toHaveText('');
  }
});

test('the days before and after are links', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await openGrid(page, '2027-03-01', hydrated);
  await page.getByRole('link', { name: ko.nextDay }).click();
  await expect(page).toHaveURL(/date=2027-03-02/);
  await expect(row(page, '한라')).toBeVisible();
  await page.getByRole('link', { name: ko.previousDay }).click();
  await expect(page).toHaveURL(/date=2027-03-01/);
});
