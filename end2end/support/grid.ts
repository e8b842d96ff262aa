// Pointing at times of a room, as a hand with a mouse does.
import { expect, type Page } from '@playwright/test';

import { scroller, track } from './words';

/** Minutes of a day of 24 hours: Seoul knows no other. */
const DAY = 1440;

const minutes = (time: string): number => {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
};

/** Where `time` of `room` is in the window, scrolled to if need be. */
export async function pointOf(page: Page, room: string, time: string): Promise<{ x: number; y: number }> {
  await track(page, room).scrollIntoViewIfNeeded();
  const share = minutes(time) / DAY;
  // In the middle of the window's width, away from the sticky column of room names.
  await scroller(page).evaluate((element, share) => {
    const line = element.querySelector('.timeline-track');
    if (!line) throw new Error('the grid has no rows');
    const from = line.getBoundingClientRect().left - element.getBoundingClientRect().left + element.scrollLeft;
    element.scrollLeft = from + share * line.getBoundingClientRect().width - element.clientWidth / 2;
  }, share);
  const box = await track(page, room).boundingBox();
  if (!box) throw new Error(`no row of ${room}`);
  return { x: box.x + share * box.width, y: box.y + box.height / 2 };
}

/** Presses at one time, moves to another, lets go. */
export async function drag(page: Page, room: string, from: string, to: string): Promise<void> {
  // Pointing at the later time scrolls last, so that both are in sight; a minute inside, so that snapping is certain.
  await pointOf(page, room, to);
  const box = await track(page, room).boundingBox();
  if (!box) throw new Error(`no row of ${room}`);
  const at = (time: string, nudge: number): number => box.x + ((minutes(time) + nudge) / DAY) * box.width;
  const y = box.y + box.height / 2;
  await page.mouse.move(at(from, 2), y);
  await page.mouse.down();
  await page.mouse.move(at(from, 12), y, { steps: 3 });
  await page.mouse.move(at(to, -2), y, { steps: 6 });
  await expect(page.locator('.timeline-preview[data-kind="select"]')).toBeVisible();
  await page.mouse.up();
}
