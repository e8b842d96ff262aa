// The whole way from the grid to a booking and out of it again, without a pointer.
import { daysAhead } from '../support/day';
import { expect, openGrid, signIn, test } from '../support/fixtures';
import { MINA, block, popover, scroller } from '../support/words';

test('book and cancel with the keyboard alone', async ({ page }) => {
  const title = '키보드로 잡은 회의';
  await signIn(page, MINA, true);
  await openGrid(page, daysAhead(24), true);
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
  await expect(block(page, title)).toHaveCount(0);

  await page.keyboard.press('Enter');
  await expect(popover(page)).toBeVisible();
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
  await expect(block(page, title)).toHaveAttribute('data-booking', /\d+/);

  await block(page, title).focus();
  await page.keyboard.press('Delete');
  await expect(popover(page)).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(block(page, title)).toHaveCount(0);
});
