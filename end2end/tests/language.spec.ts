import { expect, openGrid, ready, signIn, test } from '../support/fixtures';
import { MINA, ko } from '../support/words';

test('the language is switched, stays switched, and switches back', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await openGrid(page, '2027-03-01', hydrated);
  const html = page.locator('html');
  await expect(html).toHaveAttribute('lang', 'ko');
  await page.getByRole('link', { name: ko.toEnglish }).click();
  await expect(html).toHaveAttribute('lang', 'en');
  await expect(page).toHaveURL(/\/rooms\?date=2027-03-01/);
  await ready(page, hydrated);
  await page.reload();
  await expect(html).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('link', { name: 'Rooms', exact: true })).toBeVisible();
  await page.getByRole('link', { name: ko.toKorean }).click();
  await expect(html).toHaveAttribute('lang', 'ko');
});

test('a browser that speaks English gets English', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto('/login');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await context.close();
});
