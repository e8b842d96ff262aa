// Lobby boards, made on the admin page.
import { expect, type Page } from '@playwright/test';

import { blocks, ko } from './words';
import { ready } from './fixtures';

/** Makes a board of all rooms on the admin page and opens it in `screen`, which needs no sign-in. */
export async function openBoard(admin: Page, screen: Page, hydrated = true): Promise<string> {
  await admin.goto('/admin');
  await ready(admin, hydrated);
  await admin.getByRole('button', { name: ko.createBoard }).click();
  const link = admin.locator('a[href*="/display/"]').first();
  await expect(link).toBeVisible();
  const address = (await link.getAttribute('href')) ?? '';
  await screen.goto(address);
  return address;
}

/** A room of the shown grid of today that nobody needs for the next minutes. */
export async function freeRoom(page: Page, minutes: number): Promise<string> {
  const until = Date.now() + minutes * 60_000;
  const busy = new Set<string>();
  const names: string[] = [];
  for (const line of await page.locator('[data-room][data-name]').all()) {
    const name = (await line.getAttribute('data-name')) ?? '';
    names.push(name);
    const times = await blocks(page).and(line.locator('[data-start]')).evaluateAll((all) =>
      all.map((one) => [one.getAttribute('data-start') ?? '', one.getAttribute('data-end') ?? '']),
    );
    const taken = times.some(([start = '', end = '']) => Date.parse(start) < until && Date.parse(end) > Date.now());
    if (taken) busy.add(name);
  }
  const free = names.find((name) => !busy.has(name));
  if (!free) throw new Error('every room is taken');
  return free;
}
