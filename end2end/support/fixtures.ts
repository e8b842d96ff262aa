// `test` for every spec: a page whose console has to stay empty, and people who sign in.
import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';

import { at } from './place';
import { ko, liveStatus } from './words';

interface Fixtures {
  /** Whether pages hydrate here; otherwise JavaScript is off. */
  hydrated: boolean;
  /** What a test expects to see in the console: a refused request is reported there by the browser itself. */
  noise: RegExp[];
  /** Fails the test when a console, an uncaught error or the content security policy had something to say. */
  clean: void;
  /** A page of another person, in a browser session of their own, watched like the first. */
  anotherPage: () => Promise<Page>;
}

/** Said by Chromium about pages whose scripts it was told not to run. */
const WITHOUT_SCRIPTS = [/was preloaded using link preload but not used/];

export const test = base.extend<Fixtures>({
  noise: [[], { option: true }],
  hydrated: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  clean: [
    async ({ context, noise, hydrated }, use) => {
      const heard = listen(context);
      await use();
      expectSilence(heard, hydrated ? noise : [...noise, ...WITHOUT_SCRIPTS]);
    },
    { auto: true },
  ],
  anotherPage: async ({ browser, contextOptions, noise }, use, info) => {
    const opened: { context: BrowserContext; heard: string[] }[] = [];
    await use(async () => {
      const context = await openContext(browser, { ...info.project.use, ...contextOptions });
      opened.push({ context, heard: listen(context) });
      return context.newPage();
    });
    for (const { context, heard } of opened) {
      await context.close();
      expectSilence(heard, noise);
    }
  },
});

export { expect };

function openContext(browser: Browser, use: Record<string, unknown>): Promise<BrowserContext> {
  const { viewport, deviceScaleFactor, isMobile, hasTouch, javaScriptEnabled, locale, timezoneId } = use;
  const same = { viewport, deviceScaleFactor, isMobile, hasTouch, javaScriptEnabled, locale, timezoneId };
  const set = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return browser.newContext({ baseURL: at.roomly, locale: 'ko-KR', timezoneId: 'Asia/Seoul', ...set });
}

/** Everything that a person with the developer tools open would see in red or yellow. */
function listen(context: BrowserContext): string[] {
  const heard: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) {
      heard.push(`console.${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => heard.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  return heard;
}

function expectSilence(heard: string[], noise: RegExp[]): void {
  const unexpected = heard.filter((line) => !noise.some((pattern) => pattern.test(line)));
  expect(unexpected, 'the console must stay empty').toEqual([]);
}

/** Waits until the page answers to clicks; without JavaScript, and where no program comes with it, it does from the start. */
export async function ready(page: Page, hydrated: boolean): Promise<void> {
  if (hydrated) await expect(page.locator('html[data-hydrated]')).toBeAttached();
}

/** Signs in through Google's page, which the sandbox plays: one click on one's own address. */
export async function signIn(page: Page, email: string, hydrated: boolean, next = '/rooms'): Promise<void> {
  await chooseAccount(page, email);
  await expect(page).toHaveURL(new RegExp(`^${at.roomly}/(rooms.*)?$`));
  if (next !== '/rooms') await page.goto(next);
  await ready(page, hydrated);
}

/** The same up to the click: what comes back may be a refusal. */
export async function chooseAccount(page: Page, email: string, from = '/login'): Promise<void> {
  await page.goto(from);
  await page.getByRole('link', { name: ko.signIn }).click();
  await expect(page).toHaveURL((url) => url.origin === at.sandbox);
  const name = new RegExp(`(^|\\s)${email.replaceAll('.', '\\.')}`);
  await page.getByRole('link', { name }).or(page.getByRole('button', { name })).first().click();
}

/** The grid of a day, hydrated and connected where it can be. */
export async function openGrid(page: Page, date: string, hydrated: boolean): Promise<void> {
  await page.goto(`/rooms?date=${date}`);
  await ready(page, hydrated);
  if (hydrated) await expect(liveStatus(page)).toHaveAttribute('data-live', 'live');
}
