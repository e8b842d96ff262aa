import { chooseAccount, expect, ready, signIn, test } from '../support/fixtures';
import { MINA, PERSONAL, blocks, failure, ko } from '../support/words';

test('a person of the company signs in and sees the rooms', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await expect(page.locator('[data-room]').first()).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
});

test('whoever was sent to sign in comes back to where they were', async ({ page, hydrated }) => {
  await page.goto('/rooms?date=2027-03-01');
  await expect(page).toHaveURL(/\/login/);
  await ready(page, hydrated);
  await chooseAccount(page, MINA, page.url());
  await expect(page).toHaveURL(/\/rooms\?date=2027-03-01/);
  await ready(page, hydrated);
});

test('a page that needs no program brings none', async ({ page }) => {
  await page.goto('/login');
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await expect(page.locator('script[type="module"], link[rel="modulepreload"]')).toHaveCount(0);
});

test('without signing in there is only the sign-in', async ({ page, hydrated }) => {
  await page.goto('/rooms');
  await expect(page).toHaveURL(/\/login/);
  await ready(page, hydrated);
  await expect(page.getByRole('link', { name: ko.signIn })).toBeVisible();
  await expect(blocks(page)).toHaveCount(0);
});

test.describe('refusals', () => {
  test.use({ noise: [/Failed to load resource: .*40[034]/] });

  test('a personal Google account is refused, and told why', async ({ page }) => {
    await chooseAccount(page, PERSONAL);
    await expect(failure(page, 'workspace_personal_account_not_allowed')).toBeVisible();
    await page.goto('/rooms');
    await expect(page).toHaveURL(/\/login/);
  });

  test('a forged answer of Google is refused', async ({ page }) => {
    await page.goto('/auth/google/callback?code=forged&state=forged');
    await expect(failure(page, 'invalid_state')).toBeVisible();
  });
});

test('signing out ends the session', async ({ page, hydrated }) => {
  await signIn(page, MINA, hydrated);
  await page.locator('details.account summary').click();
  await page.getByRole('button', { name: ko.signOut }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/rooms');
  await expect(page).toHaveURL(/\/login/);
});
