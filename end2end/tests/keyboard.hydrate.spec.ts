// The whole way from the grid to a booking and out of it again, without a pointer.
import { dayOf } from '../support/day';
import { expect, openGrid, signIn, test } from '../support/fixtures';
import { MINA, block, ko, popover, scroller } from '../support/words';
import type { Locator, Page } from '@playwright/test';

/** Presses Tab until the wanted control has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 12; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(wanted).toBeFocused();
}

test('book and cancel with the keyboard alone', async ({ page }, info) => {
  const title = '키보드로 잡은 회의';
  await signIn(page, MINA, true);
  await openGrid(page, dayOf('keyboard', info), true);
  await scroller(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('#timeline-cursor')).toHaveAccessibleName(/비어 있음/);
  await page.keyboard.press('Enter');
  await expect(popover(page)).toBeVisible();
  await expect(popover(page).getByRole('textbox').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(popover(page)).toBeHidden();
  await expect(scroller(page)).toBeFocused();
  await expect(block(page, title)).toHaveCount(0);

  await page.keyboard.press('Enter');
  await expect(popover(page)).toBeVisible();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
  await expect(block(page, title)).toHaveAttribute('data-booking', /\d+/);

  await block(page, title).focus();
  await page.keyboard.press('Delete');
  const yes = popover(page).getByRole('button', { name: ko.cancelYes });
  await expect(yes).toBeVisible();
  await expect(popover(page)).toBeFocused();
  await tabTo(page, yes);
  await page.keyboard.press('Enter');
  await expect(block(page, title)).toHaveCount(0);
});
