// Browser tests of Roomly's demo. `cargo xtask test --browser` builds what they need and sets the three variables:
// ROOMLY_BIN (the binary), ROOMLY_SITE (the browser's half), CHROMIUM (the machine's own Chromium).
import { defineConfig, devices } from '@playwright/test';

import { at, needed } from './support/place';

const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalTeardown: './support/teardown.ts',
  // All specs share one server; each keeps to rooms and days of its own (support/day.ts).
  fullyParallel: false,
  workers: Number(process.env.ROOMLY_E2E_WORKERS ?? 2),
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    baseURL: at.roomly,
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  // Every spec runs twice; what needs a hydrated page is called `*.hydrate.spec.ts`.
  projects: [
    { name: 'hydrated', use: desktop, testIgnore: '**/*.phone.spec.ts' },
    {
      name: 'no-js',
      use: { ...desktop, javaScriptEnabled: false },
      testIgnore: ['**/*.hydrate.spec.ts', '**/*.phone.spec.ts'],
    },
    { name: 'phone', use: { ...desktop, ...phone }, testMatch: '**/*.phone.spec.ts' },
  ],
  webServer: {
    command: [
      `exec "${needed('ROOMLY_BIN')}" demo`,
      `--addr ${at.roomlyAddr} --sandbox-addr ${at.sandboxAddr} --data "${at.data}"`,
    ].join(' '),
    url: `${at.roomly}/readyz`,
    timeout: 120_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    stdout: 'ignore',
    stderr: 'pipe',
    // The periodic pass sleeps, so that what appears on an open page came by a notification.
    env: { ROOMLY_SITE: needed('ROOMLY_SITE'), ROOMLY_POLL_SECONDS: '600', ROOMLY_LOG: process.env.ROOMLY_LOG ?? 'warn' },
  },
});
