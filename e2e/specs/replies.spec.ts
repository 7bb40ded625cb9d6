// Replies on pages where the panel is not open: badge, preview, presence and sound, from one connection a browser.
import type { Page, WebSocket } from "@playwright/test";

import { expect, test } from "../support/test.js";
import type { Agent } from "../support/agent.js";
import { Visitor } from "../support/visitor.js";
import { PageErrors } from "../support/page-errors.js";

const preview = (page: Page) => page.locator("deskbell-widget .preview");

/** Starts a conversation of Vera, which Ada claims. */
async function startClaimedConversation(vera: Visitor, ada: Agent, question: string): Promise<void> {
  await vera.visitAndOpen();
  await vera.send(question);
  await ada.signIn();
  await ada.open(question);
  await ada.claim();
}

function socketsOf(page: Page): WebSocket[] {
  const open: WebSocket[] = [];
  page.on("websocket", (socket) => {
    open.push(socket);
    socket.on("close", () => open.splice(open.indexOf(socket), 1));
  });
  return open;
}

test("on the next page a reply appears within a second, without the panel's program", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Do you have kettles?");
  const requested: string[] = [];
  vera.page.on("request", (request) => requested.push(request.url()));
  await vera.visit(shop.kettlesUrl);
  await expect(vera.page.locator("deskbell-widget .online"), "the team is online").toBeVisible();
  await expect(ada.page.locator(".context-presence")).toHaveText("On the site now");
  await ada.write("Yes, twelve of them.");
  await expect(preview(vera.page)).toBeVisible({ timeout: 1000 });
  await expect(preview(vera.page)).toContainText("Ada Bellamy");
  await expect(preview(vera.page)).toContainText("Yes, twelve of them.");
  await expect(vera.launcher).toHaveAccessibleName("Open chat, 1 unread");
  await expect(ada.deliveryState("Yes, twelve of them.")).toHaveText("Delivered");
  expect(requested.filter((url) => /wasm|\/api\/v1\/visitors/.test(url))).toEqual([]);
  await vera.page.screenshot({ path: "screenshots/preview-light.png" });
  await vera.page.emulateMedia({ colorScheme: "dark" });
  await vera.page.screenshot({ path: "screenshots/preview-dark.png" });
  await vera.page.setViewportSize({ width: 390, height: 700 });
  await vera.page.screenshot({ path: "screenshots/preview-narrow.png" });

  await preview(vera.page).getByRole("button", { name: "Yes, twelve of them." }).click();
  await vera.expectLive();
  await expect(preview(vera.page)).toBeHidden();
  await expect(ada.deliveryState("Yes, twelve of them.")).toHaveText("Seen");
});

test("a reply that arrived while the browser was closed is shown when it is opened again", async ({ vera, ada, browser, shop }) => {
  await startClaimedConversation(vera, ada, "I have to go.");
  const storageState = await vera.page.context().storageState();
  await vera.page.close();
  await ada.send("Take your time.");
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  const returning = new Visitor(page, await PageErrors.record(page), shop.url);
  await returning.visit();
  await expect(preview(page)).toContainText("Take your time.");
  await ada.send("We are here until six.");
  await expect(preview(page)).toContainText("We are here until six.", { timeout: 1000 });
  await expect(returning.launcher).toHaveAccessibleName("Open chat, 2 unread");
  returning.errors.expectNone();
  await context.close();
});

test("a visitor without a conversation causes one request a page, also after opening the panel", async ({ vera, deskbell }) => {
  await vera.visitAndOpen();
  const requested: string[] = [];
  vera.page.on("request", (request) => {
    if (request.url().startsWith(deskbell.origin)) requested.push(request.url().slice(deskbell.origin.length));
  });
  await vera.visit();
  await vera.page.waitForLoadState("networkidle");
  expect(requested).toEqual(["/deskbell.js"]);
});

test("a signed-in visitor without a conversation causes one request a page, and is notified after the first message", async ({ vera, ada, shop, deskbell }) => {
  shop.snippet = shop.snippet.replace("async", 'data-external-id="4711" async');
  await vera.visitAndOpen();
  await expect.poll(() => vera.page.evaluate(() => localStorage.getItem("deskbell:demo:replies"))).toContain('"open":false');
  const requested: string[] = [];
  vera.page.on("request", (request) => {
    if (request.url().startsWith(deskbell.origin)) requested.push(request.url().slice(deskbell.origin.length));
  });
  await vera.visit(shop.kettlesUrl);
  await vera.page.waitForLoadState("networkidle");
  expect(requested).toEqual(["/deskbell.js"]);

  await startClaimedConversation(vera, ada, "Do you have my order?");
  await vera.visit(shop.kettlesUrl);
  await ada.write("It left today.");
  await expect(preview(vera.page)).toContainText("It left today.");
});

test("the tabs of a browser share one connection, and all of them show the reply", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Which one is blue?");
  const tabs = [vera, await vera.secondTab(), await vera.secondTab()];
  const sockets = tabs.map(({ page }) => socketsOf(page));
  for (const tab of tabs) await tab.visit(shop.kettlesUrl);
  await expect.poll(() => sockets.flat().length).toBe(1);
  await ada.write("The round one.");
  for (const tab of tabs) await expect(preview(tab.page)).toContainText("The round one.");
  expect(sockets.flat()).toHaveLength(1);

  // When the tab with the connection is closed, another tab connects.
  const leader = sockets.findIndex((open) => open.length === 1);
  await tabs[leader]!.page.close();
  const rest = tabs.filter((_, at) => at !== leader);
  await ada.write("Or the square one.");
  for (const tab of rest) await expect(preview(tab.page)).toContainText("Or the square one.");
  // A message that is read in one tab counts as read in all.
  await rest[0]!.openPanel();
  await expect(rest[1]!.launcher).toHaveAccessibleName("Open chat");
  await expect(preview(rest[1]!.page)).toBeHidden();
});

test("a dismissed preview stays hidden until the next reply", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Any discount?");
  await vera.visit(shop.kettlesUrl);
  await ada.write("Ten per cent.");
  await preview(vera.page).getByRole("button", { name: "Dismiss" }).click();
  await expect(preview(vera.page)).toBeHidden();
  await expect(vera.launcher).toHaveAccessibleName("Open chat, 1 unread");
  await vera.visit(shop.url);
  await expect(vera.launcher).toHaveAccessibleName("Open chat, 1 unread");
  await expect(preview(vera.page)).toBeHidden();
  await ada.write("Until Friday.");
  await expect(preview(vera.page)).toContainText("Until Friday.");
});

test("a page in the back/forward cache has no connection, and a new one when it is shown again", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Back and forth?");
  const sockets = socketsOf(vera.page);
  await vera.visit(shop.kettlesUrl);
  await expect.poll(() => sockets.length).toBe(1);
  const dispatch = (type: string) =>
    vera.page.evaluate((type) => window.dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type);
  const notifier = vera.page.locator('deskbell-widget iframe[title="Chat notifications"]');
  await expect(notifier).toHaveCount(1);
  await dispatch("pagehide");
  await expect(notifier).toHaveCount(0);
  await expect.poll(() => vera.page.evaluate(async () => (await navigator.locks.query()).held)).toEqual([]);
  await ada.send("Welcome back.");
  await dispatch("pageshow");
  await expect(preview(vera.page)).toContainText("Welcome back.");
});

test("replies are shown again after the connection was missing when the page loaded", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Are you open on Monday?");
  await vera.visit(shop.kettlesUrl);
  await expect(vera.page.locator("deskbell-widget .online")).toBeVisible();
  // The phone restores the page from the back/forward cache before it is connected.
  const dispatch = (type: string) =>
    vera.page.evaluate((type) => window.dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type);
  await dispatch("pagehide");
  await vera.page.context().setOffline(true);
  const failed = vera.page.waitForEvent("requestfailed", (request) => request.url().includes("/widget/basic?"));
  await dispatch("pageshow");
  await failed;
  await ada.send("From nine to six.");
  await vera.page.context().setOffline(false);
  await expect(preview(vera.page)).toContainText("From nine to six.");
  await expect(vera.launcher).toHaveAccessibleName("Open chat, 1 unread");
});

test("a tab whose notifier does not load lets another tab run it, and tries again after a growing pause", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Can you hear me?");
  let isBlocked = true;
  let failed = 0;
  await vera.page.route("**/widget/basic?*", (route) => (isBlocked ? route.abort() : route.fallback()));
  vera.page.on("requestfailed", (request) => {
    if (request.url().includes("/widget/basic?")) failed++;
  });
  // The clock is paused, and each step ends when a frame is requested: no timer of its connection fires early.
  const { clock } = vera.page;
  await clock.install({ time: Date.now() });
  await clock.pauseAt(Date.now() + 1000);
  await vera.visit(shop.kettlesUrl);
  await expect.poll(() => failed).toBe(1);
  await clock.runFor(20_000);
  await clock.runFor(5_000);
  await expect.poll(() => failed, "five seconds after the first failure").toBe(2);

  // The first tab has the Web Lock until its second attempt fails, too.
  const other = await vera.secondTab();
  await other.visit(shop.kettlesUrl);
  await ada.send("Loud and clear.");
  await clock.runFor(19_999);
  await clock.runFor(1);
  for (const tab of [vera, other]) await expect(preview(tab.page)).toContainText("Loud and clear.");

  await other.page.close();
  await clock.runFor(9_999);
  expect(failed, "the second pause is twice the first").toBe(2);
  isBlocked = false;
  await ada.send("And you?");
  await clock.runFor(1);
  await expect(preview(vera.page)).toContainText("And you?");
});

test("a sound is played once in a browser whose visitor has used the page, unless it is muted", async ({ vera, ada, shop }) => {
  await vera.page.context().addInitScript(() => {
    const sounds = { count: 0 };
    Object.assign(window, { sounds });
    // The test's own scripts count as the visitor's activity in the real one.
    const activity = { hasBeenActive: false };
    Object.defineProperty(navigator, "userActivation", { value: activity });
    addEventListener("click", () => (activity.hasBeenActive = true));
    window.AudioContext = class extends window.AudioContext {
      override createOscillator() {
        sounds.count++;
        return super.createOscillator();
      }
    };
  });
  const played = async (...tabs: Visitor[]) => {
    const counts = await Promise.all(tabs.map(({ page }) => page.evaluate(() => (window as unknown as { sounds: { count: number } }).sounds.count)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await startClaimedConversation(vera, ada, "Does it whistle?");
  const [first, other] = [vera, await vera.secondTab()];
  for (const tab of [first, other]) await tab.visit(shop.kettlesUrl);
  await expect(first.page.locator("deskbell-widget .online")).toBeVisible();
  await ada.write("Nobody has touched the page yet.");
  for (const tab of [first, other]) await expect(preview(tab.page)).toContainText("Nobody");
  expect(await played(first, other)).toBe(0);

  for (const tab of [first, other]) await tab.page.getByRole("heading").click();
  await ada.write("It does.");
  for (const tab of [first, other]) await expect(preview(tab.page)).toContainText("It does.");
  await expect.poll(() => played(first, other), "one sound of two tones").toBe(2);

  await preview(other.page).getByRole("button", { name: "Mute sound" }).click();
  await expect(preview(first.page).getByRole("button", { name: "Mute sound" })).toHaveAttribute("aria-pressed", "true");
  await ada.write("Loudly.");
  for (const tab of [first, other]) await expect(preview(tab.page)).toContainText("Loudly.");
  expect(await played(first, other)).toBe(2);
});

test("a reply arrives by polling where no WebSocket connects", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Behind a strict proxy.");
  await vera.page.routeWebSocket(/\/api\/v1\/socket$/, (socket) => void socket.close());
  await vera.visit(shop.kettlesUrl);
  await expect(vera.page.locator("deskbell-widget .online")).toBeVisible();
  await ada.write("It works all the same.");
  await expect(preview(vera.page)).toContainText("It works all the same.", { timeout: 1000 });
});

test("another person who signs in on the same browser does not see the replies", async ({ vera, ada, shop }) => {
  await vera.visit();
  await vera.identify({ external_id: "vera" });
  await vera.openPanel();
  await vera.send("This is private.");
  await ada.signIn();
  await ada.open("This is private.");
  await ada.claim();
  shop.snippet = shop.snippet.replace("async", 'data-external-id="eve" async');
  await vera.visit(shop.kettlesUrl);
  await ada.send("Your parcel is at the neighbour's.");
  await vera.page.waitForLoadState("networkidle");
  await expect(vera.launcher).toHaveAccessibleName("Open chat");
  await expect(preview(vera.page)).toBeHidden();
  shop.snippet = shop.snippet.replace('"eve"', '"vera"');
  await vera.visit();
  await expect(preview(vera.page)).toContainText("Your parcel");
});

test("a script of replies that cannot be loaded is requested again after 20 seconds at the earliest", async ({ vera, ada, shop }) => {
  await startClaimedConversation(vera, ada, "Is it heavy?");
  let failed = 0;
  await vera.page.route("**/deskbell-replies.js", (route) => route.abort());
  vera.page.on("requestfailed", (request) => {
    if (request.url().endsWith("/deskbell-replies.js")) failed++;
  });
  await vera.page.clock.install();
  await vera.visit(shop.kettlesUrl);
  await expect.poll(() => failed).toBe(1);
  const retry = () => vera.page.evaluate(() => (window as unknown as { Deskbell: { unmute(): void } }).Deskbell.unmute());
  for (let times = 0; times < 5; times++) await retry();
  await vera.page.waitForLoadState("networkidle");
  expect(failed).toBe(1);
  await vera.page.clock.runFor(21_000);
  await retry();
  await expect.poll(() => failed).toBe(2);
});
