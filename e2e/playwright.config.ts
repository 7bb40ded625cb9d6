// The browser tests: a real server, a shop on another origin, visitors and agents in real browsers.
// `cargo xtask test e2e` builds everything and runs them all. To run one spec against what is built:
//   npx playwright test restart            the spec whose name contains "restart"
//   npx playwright test -g "claim" --headed
// DESKBELL_BIN names another server, DESKBELL_CHROMIUM another browser.
import { defineConfig } from "@playwright/test";

import { chromium } from "./support/chromium.js";

export default defineConfig({
  testDir: "./specs",
  outputDir: "./test-results",
  // Every test has a server and a database of its own, so any two can run at the same time. More
  // workers than two would slow each other down on the two cores of a small machine.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    ...chromium,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Vienna",
    actionTimeout: 10_000,
    // A trace has DOM snapshots and no screenshots, which cost a third of the time. CI keeps no files, so it records
    // no trace.
    trace: process.env.CI ? "off" : { mode: "retain-on-failure", screenshots: false },
  },
});
