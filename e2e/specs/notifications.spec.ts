// Notifications of new messages for agents: title, icon, sound and a notification, once for all tabs.
import type { Page } from "@playwright/test";

import { Agent } from "../support/agent.js";
import { eventually } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

interface Recorder extends Window {
  shown: string[];
  tones: number;
}

/** Puts a tab into the background, and records its notifications and sounds. */
async function inBackground(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const recorder = window as unknown as Recorder;
    recorder.shown = [];
    recorder.tones = 0;
    document.hasFocus = () => false;
    class Recorded extends EventTarget {
      static permission = "granted";
      static requestPermission = async () => "granted";
      onclick: unknown = null;
      constructor(title: string) {
        super();
        recorder.shown.push(title);
      }
      close(): void {}
    }
    Object.defineProperty(window, "Notification", { value: Recorded });
    const create = BaseAudioContext.prototype.createOscillator;
    BaseAudioContext.prototype.createOscillator = function (this: BaseAudioContext) {
      recorder.tones += 1;
      return create.call(this);
    };
  });
}

const shown = (page: Page) => page.evaluate(() => (window as unknown as Recorder).shown);
const tones = (page: Page) => page.evaluate(() => (window as unknown as Recorder).tones);

test("a new conversation and a new message are notified once for all tabs", async ({ vera, ada }) => {
  await inBackground(ada.page);
  await ada.signIn();
  const page = await ada.page.context().newPage();
  await inBackground(page);
  const second = new Agent(page, ada.errors, ada.origin, ada.person);
  await page.goto(`${ada.origin}/app`);
  await second.expectLive();
  // Browsers block sound before the first click or key in a page.
  for (const tab of [ada.page, page]) await tab.getByRole("heading", { name: "Inbox" }).click();
  const all = async () => [...(await shown(ada.page)), ...(await shown(page))];

  await vera.visitAndOpen();
  await vera.send("Is anybody there?");
  await eventually(async () => (await all()).length).toBe(1);
  expect((await all())[0]).toMatch(/^New conversation from /);
  await expect(ada.row("Is anybody there?")).toBeVisible();
  await expect(second.row("Is anybody there?")).toBeVisible();
  await eventually(async () => (await tones(ada.page)) + (await tones(page))).toBe(2);

  await ada.open("Is anybody there?");
  await ada.claim();
  await vera.send("Hello?");
  await eventually(async () => (await all()).length).toBe(2);
  expect((await all()).filter((title) => title.startsWith("New message from "))).toHaveLength(1);
});

test("title, icon and rail show the same number", async ({ vera, victor, ada }) => {
  await ada.signIn();
  await vera.visitAndOpen();
  await vera.send("One.");
  await victor.visitAndOpen();
  await victor.send("Two.");
  await expect(ada.page).toHaveTitle("(2) Inbox · Deskbell");
  await expect(ada.page.locator("link[rel='icon']")).toHaveAttribute("data-count", "2");
  await expect(ada.page.locator(".rail-count")).toHaveText("2");
  await ada.open("One.");
  await ada.claim();
  await expect(ada.page).toHaveTitle("(1) Inbox · Deskbell");
  await ada.page.getByRole("button", { name: "Settings" }).click();
  await expect(ada.page).toHaveTitle("(1) Your account · Deskbell");
});

test("a muted agent gets no notifications", async ({ vera, ada }) => {
  await inBackground(ada.page);
  await ada.signIn();
  await ada.page.getByRole("button", { name: "Alerts" }).click();
  await ada.page.getByRole("menuitemcheckbox", { name: "Mute everything" }).click();
  await ada.page.keyboard.press("Escape");
  await expect(ada.page.getByRole("button", { name: "Alerts, muted" })).toBeVisible();
  await vera.visitAndOpen();
  await vera.send("Psst.");
  await expect(ada.page).toHaveTitle("(1) Inbox · Deskbell");
  expect(await shown(ada.page)).toEqual([]);
  expect(await tones(ada.page)).toBe(0);
});

test("a lost network is shown within five seconds", async ({ ada }) => {
  await ada.signIn();
  const chip = ada.page.locator(".connection-chip");
  await expect(chip).toHaveAccessibleName("Connection: Connected");
  await ada.page.context().setOffline(true);
  await expect(chip).toHaveAccessibleName("Connection: Offline", { timeout: 5_000 });
  await expect(ada.page.getByText("You're offline.")).toBeVisible();
  await ada.page.context().setOffline(false);
  await ada.expectLive();
});
