import { openBoard } from '../support/board';
import { expect, ready, signIn, test } from '../support/fixtures';
import { MINA } from '../support/words';

test.describe('a board', () => {
  test.use({ noise: [/Failed to load resource: .*404/] });

  test('an unknown token shows nothing of any company', async ({ page }) => {
    const answer = await page.goto('/display/0123456789abcdef0123456789abcdef');
    expect(answer?.status()).toBe(404);
    await expect(page.locator('[data-room]')).toHaveCount(0);
    await expect(page.locator('body')).not.toContainText('hanbit');
  });
});

test('an admin makes a board; a screen without a session shows it', async ({ page, anotherPage, hydrated }) => {
  await signIn(page, MINA, hydrated);
  const screen = await anotherPage();
  await openBoard(page, screen, hydrated);
  await ready(screen, hydrated);
  expect(await screen.locator('[data-room]').count()).toBeGreaterThan(5);
  await expect(screen.locator('body')).toContainText('한라');
});
