// The widget on a customer's page: it respects the page's policy and does not disturb it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { chromiumWithProfile } from "../support/chromium.js";
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";
import { Visitor } from "../support/visitor.js";
import { PageErrors } from "../support/page-errors.js";

test("the page loads one file of Deskbell until vera shows intent", async ({ deskbell, vera }) => {
  const requested: string[] = [];
  vera.page.on("request", (request) => {
    if (request.url().startsWith(deskbell.origin)) requested.push(request.url().slice(deskbell.origin.length));
  });
  await vera.visit();
  await vera.page.waitForLoadState("networkidle");
  expect(requested).toEqual(["/deskbell.js"]);
  expect(await vera.page.evaluate(() => Object.keys(localStorage))).toEqual([]);

  await vera.launcher.hover();
  await expect.poll(() => requested).toContain("/widget/frame?site=demo");
  await expect.poll(() => requested).toContain("/deskbell-panel.js");
  await vera.page.waitForLoadState("networkidle");
  // No visitor is created by showing the launcher.
  expect(requested.filter((path) => path.startsWith("/api/"))).toEqual([]);
  await vera.openPanel();
  expect(requested).toContain("/api/v1/visitors");
});

test("the panel's frame loads in parallel with its script, and may be ready first", async ({ vera }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await vera.page.route("**/deskbell-panel.js", async (route) => {
    await released;
    await route.fallback();
  });
  await vera.visit();
  await vera.launcher.click();
  await expect(vera.panel.locator("#composer-text"), "the program runs").toBeAttached();
  release();
  await vera.expectLive();
  await expect(vera.composer).toBeFocused();
});

test("a chat that vera closes before its script arrives does not move the focus", async ({ vera }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await vera.page.route("**/deskbell-panel.js", async (route) => {
    await released;
    await route.fallback();
  });
  await vera.visit();
  await vera.launcher.click();
  await vera.launcher.click();
  const button = vera.page.getByRole("button", { name: "Add to basket" });
  await button.focus();
  release();
  await expect(vera.launcher, "the script runs").toHaveAttribute("aria-controls", "panel");
  await expect(button).toBeFocused();
});

test("the token is stored by the page and survives a reload", async ({ vera }) => {
  await vera.visitAndOpen();
  await vera.send("Remember me.");
  const before = await vera.visitorId();
  await vera.visitAndOpen();
  await expectAllToSee([visitor("Remember me.")], vera);
  expect(await vera.visitorId()).toBe(before);
  expect(await vera.page.evaluate(() => document.cookie)).toContain("deskbell_demo=");

  // Some pages clear their storage; the token is then read from the cookie.
  await vera.page.evaluate(() => localStorage.clear());
  await vera.visitAndOpen();
  await expectAllToSee([visitor("Remember me.")], vera);
});

test("vera's draft survives a reload", async ({ vera }) => {
  await vera.visitAndOpen();
  await vera.composer.fill("I was about to ask whether");
  await vera.visitAndOpen();
  await expect(vera.composer).toHaveValue("I was about to ask whether");
});

test("the chat works where browsers block storage in frames", async ({ playwright, shop }) => {
  const profile = await mkdtemp(join(tmpdir(), "deskbell-profile-"));
  await mkdir(join(profile, "Default"));
  const preferences = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const context = await playwright.chromium.launchPersistentContext(profile, chromiumWithProfile.launchOptions);
  try {
    const page = await context.newPage();
    const vera = new Visitor(page, await PageErrors.record(page), shop.url);
    await vera.visitAndOpen();
    expect(await canStore(page)).toBe(false);
    await vera.send("My browser blocks cookies.");
    await vera.visitAndOpen();
    await expectAllToSee([visitor("My browser blocks cookies.")], vera);
    vera.errors.expectNone();
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
});

/** Whether the panel's frame has access to storage. */
async function canStore(page: Page): Promise<boolean | undefined> {
  const frame = page.frames().find((frame) => frame.url().includes("/widget/frame"));
  return frame?.evaluate(() => {
    try {
      return Boolean(localStorage);
    } catch {
      return false;
    }
  });
}

test("text that looks like code is shown as text on both sides", async ({ vera, ada }) => {
  const attacks = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    "</textarea><svg onload=alert(3)>",
    'javascript:alert(4) "&amp;" {{7*7}}',
  ];
  await vera.visitAndOpen();
  for (const text of attacks) await vera.send(text);
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.open(attacks[3]!);
  await ada.claim();
  for (const text of attacks) await ada.send(text);

  await expectAllToSee([...attacks.map(visitor), ...attacks.map(agent)], vera, ada);
  await expect(vera.panel.locator(".bubble :is(img, script, svg[onload])")).toHaveCount(0);
  await expect(ada.page.locator(".message-bubble *")).toHaveCount(0);
});

test("vera opens and closes the chat with the keyboard alone", async ({ vera }) => {
  await vera.visit();
  await vera.page.keyboard.press("Tab"); // the shop's own button
  await vera.page.keyboard.press("Tab");
  await expect(vera.launcher).toBeFocused();
  await vera.page.keyboard.press("Enter");
  await vera.expectLive();
  await expect(vera.composer).toBeFocused();
  await expect(vera.launcher.locator("path"), "the only cross is in the panel").toHaveCount(1);
  await vera.page.keyboard.type("Written without a mouse.");
  await vera.page.keyboard.press("Enter");
  await expectAllToSee([visitor("Written without a mouse.")], vera);
  await vera.page.keyboard.press("Escape");
  await expect(vera.launcher).toHaveAttribute("aria-expanded", "false");
  await expect(vera.launcher).toBeFocused();
});

test("the launcher counts ada's messages while the chat is closed", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Tell me when you know.");
  await ada.signIn();
  await ada.open("Tell me when you know.");
  await ada.claim();
  await vera.launcher.click();
  await expect(vera.launcher).toHaveAccessibleName("Open chat");
  await ada.send("I know.");
  await ada.send("It is in stock.");
  await expect(vera.launcher).toHaveAccessibleName("Open chat, 2 unread");
  await vera.openPanel();
  await expect(vera.launcher).toHaveAccessibleName("Close chat");
  await vera.launcher.click();
  await expect(vera.launcher).toHaveAccessibleName("Open chat");
});

test("on a phone in landscape the panel fills the screen", async ({ vera }) => {
  await vera.page.setViewportSize({ width: 844, height: 390 });
  await vera.visitAndOpen();
  await vera.expectLive();
  const size = await vera.panel.locator("body").evaluate(() => ({ width: innerWidth, height: innerHeight }));
  expect(size).toEqual({ width: 844, height: 390 });
});
