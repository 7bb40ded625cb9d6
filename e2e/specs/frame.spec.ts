// The message channel between a page and the panel's frame: messages of other windows are ignored.
import type { Frame, Page } from "@playwright/test";

import { expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

/** Forged messages of the loader to the panel. */
const TO_PANEL = [
  { type: "init", token: "forged", identity: JSON.stringify({ external_id: "eve", name: "Eve" }), draft: "Eve was here", theme: { "--deskbell-bg": "red" } },
  { type: "opened" },
  { type: "closed" },
];
/** Forged messages of the panel to the loader. */
const TO_LOADER = [
  { type: "ready" },
  { type: "token", token: "a.b.c", expires_at: 4_000_000_000_000, renew_at: 4_000_000_000_000 },
  { type: "draft", text: "Eve was here" },
  { type: "unread", count: 7 },
  { type: "close" },
];

test("messages of another frame on the page are ignored by the loader and the panel", async ({ vera, shop, ada }) => {
  shop.framesForeignPages = true;
  const identities = recordIdentities(vera.page);
  await vera.visit();
  const foreign = await addForeignFrame(vera.page, shop.foreignPageUrl);

  // Messages before the panel is loaded, while it waits, and while it runs.
  await sendForged(foreign, "loader");
  await vera.launcher.hover();
  await expect(vera.page.locator("deskbell-widget .panel.ready")).toBeAttached();
  await sendForged(foreign, "loader");
  await sendForged(foreign, "panel");
  await expect(vera.launcher).toHaveAccessibleName("Open chat");
  await expect(vera.launcher).toHaveAttribute("aria-expanded", "false");
  expect(identities, "no token was requested").toEqual([]);
  expect(await localStorageOf(vera.page)).toEqual({});

  await vera.openPanel();
  await vera.send("It is me, Vera.");
  const before = await localStorageOf(vera.page);
  await sendForged(foreign, "loader");
  await sendForged(foreign, "panel");
  await expectAllToSee([visitor("It is me, Vera.")], vera);
  await expect(vera.launcher).toHaveAttribute("aria-expanded", "true");
  await expect(vera.composer).toHaveValue("");
  expect(await localStorageOf(vera.page)).toEqual(before);
  expect(identities).toEqual([null]);
  await ada.signIn();
  await ada.open("It is me, Vera.");
  await expect(ada.page.getByText(/\bEve\b/)).toHaveCount(0);
  expect(await receivedBy(foreign), "messages to the foreign page").toEqual([]);
});

test("a page that replaces the panel in its frame gets no messages, and its own are ignored", async ({ vera, shop }) => {
  shop.framesForeignPages = true;
  await vera.visitAndOpen();
  await vera.send("Remember me.");
  const before = await localStorageOf(vera.page);
  await vera.page.evaluate((url) => {
    const frame = document.querySelector("deskbell-widget")!.shadowRoot!.querySelector("iframe")!;
    frame.src = url;
  }, shop.foreignPageUrl);
  const foreign = await foreignFrame(vera.page, shop.foreignPageUrl);
  await sendForged(foreign, "loader");
  // The loader addresses its messages to the panel's origin, so the browser drops those for another origin.
  await vera.launcher.click();
  await vera.launcher.click();
  await vera.page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  expect(await receivedBy(foreign)).toEqual([]);
  expect(await localStorageOf(vera.page)).toEqual(before);
  await expect(vera.launcher).toHaveAttribute("aria-expanded", "true");
});

test("a page that opens the panel in a window cannot send it messages", async ({ vera, deskbell, shop }) => {
  await vera.page.goto(shop.foreignPageUrl);
  const opened = vera.page.waitForEvent("popup");
  await vera.page.evaluate((url) => {
    (window as unknown as { opened: Window | null }).opened = window.open(url);
  }, `${deskbell.origin}/widget/frame?site=demo`);
  const panel = await opened;
  const identities = recordIdentities(panel);
  await expect(panel.locator(".head__state--live")).toBeVisible();
  await vera.page.evaluate((messages) => {
    const { opened } = window as unknown as { opened: Window | null };
    for (const message of messages) opened?.postMessage({ deskbell: 1, ...message }, "*");
  }, TO_PANEL);
  await expect(panel.getByRole("textbox", { name: "Message" })).toHaveValue("");
  expect(await panel.evaluate(() => window.opener === null), "the panel has no opener").toBe(true);
  expect(identities.filter((identity) => identity !== null)).toEqual([]);
  expect(await receivedBy(vera.page.mainFrame())).toEqual([]);
});

test("a page that shows the frame without permission learns only that it loads and is ready", async ({ vera, deskbell, shop }) => {
  // Simulates a browser without support for `frame-ancestors`.
  await vera.page.route("**/widget/frame?*", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers() };
    delete headers["content-security-policy"];
    delete headers["x-frame-options"];
    await route.fulfill({ response, headers });
  });
  const identities = recordIdentities(vera.page);
  await vera.page.goto(shop.foreignPageUrl);
  const page = vera.page.mainFrame();
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
  }, `${deskbell.origin}/widget/frame?site=demo`);
  const expected = [
    { deskbell: 1, type: "loading" },
    { deskbell: 1, type: "ready" },
  ];
  await expect.poll(() => receivedBy(page)).toEqual(expected);

  // A sibling frame is not its parent, even one of the same origin.
  const sibling = await addForeignFrame(vera.page, shop.url.replace(/\/$/, "/foreign"));
  await sendForged(sibling, "panel");
  expect(await receivedBy(page)).toEqual(expected);
  expect(identities).toEqual([]);
});

/** Records the identity in each request of the panel for a token. */
function recordIdentities(page: Page): unknown[] {
  const identities: unknown[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/v1/visitors")) identities.push(request.postDataJSON().identity ?? null);
  });
  return identities;
}

/** Returns the page's local storage. */
async function localStorageOf(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => ({ ...localStorage }));
}

/** Embeds a page of another origin in this one. */
async function addForeignFrame(page: Page, url: string): Promise<Frame> {
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
  }, url);
  return foreignFrame(page, url);
}

async function foreignFrame(page: Page, url: string): Promise<Frame> {
  await expect.poll(() => page.frames().some((frame) => frame.url() === url)).toBe(true);
  const foreign = page.frames().find((frame) => frame.url() === url)!;
  await foreign.waitForLoadState();
  return foreign;
}

/** Sends all forged messages from a foreign frame: to the page around it, or to every other frame of that page. */
async function sendForged(foreign: Frame, to: "loader" | "panel"): Promise<void> {
  const messages = to === "loader" ? TO_LOADER : TO_PANEL;
  await foreign.evaluate(
    async ({ messages, to }) => {
      const frames = Array.from({ length: parent.length }, (_, at) => parent[at]!).filter((frame) => frame !== window);
      const targets = to === "loader" ? [parent] : frames;
      for (const message of messages) {
        for (const target of targets) target.postMessage({ deskbell: 1, ...message }, "*");
      }
      // Messages are delivered in order before this timer fires.
      await new Promise((resolve) => setTimeout(resolve));
    },
    { messages, to },
  );
}

/** Returns the messages that a foreign page has received. */
async function receivedBy(foreign: Frame): Promise<unknown[]> {
  return foreign.evaluate(() => (window as unknown as { received: unknown[] }).received);
}
