// A person's API tokens: made, shown once, used by a program, taken back. With and without JavaScript.
import AxeBuilder from '@axe-core/playwright';

import { expect, ready, signIn, test } from '../support/fixtures';
import { JOON, ko } from '../support/words';

test('a token is made, shown once, used and taken back', async ({ page, request, hydrated }, info) => {
  const name = `토큰 ${info.project.name} ${info.repeatEachIndex}`;
  await signIn(page, JOON, hydrated);
  await page.goto('/account');
  await ready(page, hydrated);
  await expect(page.getByRole('heading', { name: ko.account, level: 1 })).toBeVisible();
  await page.getByLabel(ko.tokenName).fill(name);
  await page.getByRole('button', { name: ko.createToken }).click();

  const made = page.locator('[data-token-created]');
  await expect(made).toContainText(name);
  const token = (await made.locator('code').first().textContent()) ?? '';
  expect(token).toMatch(/^roomly_[\w-]{43}$/);
  const me = () => request.get('/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
  expect(await (await me()).json()).toMatchObject({ email: JOON });

  await page.goto('/account');
  await ready(page, hydrated);
  await expect(page.locator('[data-token]').filter({ hasText: name })).toBeVisible();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.getByRole('button', { name: ko.revokeToken(name) }).click();
  await expect(page.locator('[data-token]').filter({ hasText: name })).toHaveCount(0);
  expect((await me()).status()).toBe(401);
});

test('axe finds nothing grave on /account', async ({ page, hydrated, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled === false, 'axe runs inside the page');
  await signIn(page, JOON, hydrated);
  await page.goto('/account');
  await ready(page, hydrated);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
});
