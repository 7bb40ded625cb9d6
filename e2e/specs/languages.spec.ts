// Other scripts, input methods, screen readers and the translation of browsers.
import type { Frame, Locator, Page } from "@playwright/test";

import { visitor } from "../support/transcript.js";
import { createConversations } from "../support/conversations.js";
import { expect, test } from "../support/test.js";

/** The key event at the end of a composition: Safari sends key code 229, other browsers set `isComposing`. */
async function pressComposing(field: Locator, key: string, init: object): Promise<void> {
  await field.evaluate(
    (element, { key, init }) => {
      element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }));
    },
    { key, init },
  );
}

/** Ends a composition as Safari does: the key that ends it follows at once, without a mark. */
async function endComposition(field: Locator, key: string): Promise<void> {
  await field.evaluate((element, key) => {
    element.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }, key);
}

/** The frame with the panel. */
async function panelFrame(page: Page): Promise<Frame> {
  const element = await page.locator("deskbell-widget .panel iframe").elementHandle();
  const frame = await element?.contentFrame();
  if (!frame) throw new Error("the page shows no panel");
  return frame;
}

/** Simulates the translation of a browser, which replaces each text node by a wrapped copy. */
async function translate(page: Page | Frame): Promise<void> {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts.filter((text) => text.data.trim() !== "" && !text.parentElement?.closest("textarea"))) {
      const font = document.createElement("font");
      font.textContent = text.data;
      text.replaceWith(font);
    }
  });
}

test("Enter and Escape that end a composition do nothing else", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("こんにちは");
  await ada.signIn();
  await ada.open("こんにちは");
  await ada.composer.fill("はい");
  await pressComposing(ada.composer, "Enter", { keyCode: 229 });
  await pressComposing(ada.composer, "Enter", { isComposing: true });
  await pressComposing(ada.composer, "Escape", { keyCode: 229 });
  await endComposition(ada.composer, "Enter");
  await ada.composer.dispatchEvent("keyup", { key: "Enter" });
  await expect(ada.composer).toHaveValue("はい");
  await expect(ada.composer).toBeFocused();
  await ada.expectStatus("waiting");
  await ada.send("はい");
});

test("in the panel, too, Enter and Escape that end a composition do nothing else", async ({ vera }) => {
  await vera.visitAndOpen();
  await vera.composer.fill("はい");
  for (const init of [{ keyCode: 229 }, { isComposing: true }]) {
    await pressComposing(vera.composer, "Enter", init);
    await pressComposing(vera.composer, "Escape", init);
  }
  await expect(vera.composer).toHaveValue("はい");
  await expect(vera.composer).toBeVisible();
  await vera.send("はい");
});

test("the panel's head is updated after a browser has translated it", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("One.");
  const head = vera.panel.locator(".head");
  await expect(head).toContainText("Waiting for a reply");
  await translate(await panelFrame(vera.page));
  await ada.signIn();
  await ada.open("One.");
  await ada.claim();
  await expect(head).toHaveText(/^Ada Bellamy\s*Online$/);
});

test("the dashboard's texts are updated after a browser has translated them", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("One.");
  await ada.signIn();
  await ada.open("One.");
  await translate(ada.page);
  await ada.press("Claim");
  await expect(ada.status).toHaveText("Active");
  await expect(ada.page.locator(".thread-where")).toContainText("Assigned to you");
  await expect(ada.page.locator(".composer-hint")).toHaveText("Enter to send · Shift+Enter for a new line");
  await vera.send("Two.");
  await expect(ada.page.locator(".row-preview")).toHaveText("Two.");
  await ada.page.context().setOffline(true);
  await expect(ada.page.locator(".composer-hint")).toContainText("Offline.");
  await ada.page.context().setOffline(false);
});

test("the dashboard shows Arabic and Hebrew from right to left", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("شكرا لك");
  await ada.signIn();
  await ada.open("شكرا لك");
  const direction = (element: Locator) => element.evaluate((it) => getComputedStyle(it).direction);
  expect(await direction(ada.page.locator(".message-bubble"))).toBe("rtl");
  expect(await direction(ada.page.locator(".row-preview"))).toBe("rtl");
  await ada.composer.fill("שלום");
  expect(await direction(ada.composer)).toBe("rtl");
});

test("the panel shows Arabic from right to left", async ({ vera }) => {
  await vera.visitAndOpen();
  await vera.send("شكرا لك!");
  const bubble = vera.panel.locator(".bubble__text");
  const { first, last } = await bubble.evaluate((element) => {
    const text = element.firstChild!;
    const left = (index: number) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      return range.getBoundingClientRect().left;
    };
    return { first: left(0), last: left((text as Text).length - 1) };
  });
  expect(last, "the exclamation mark ends the sentence on its left").toBeLessThan(first);
});

test("the dashboard announces new messages and their authors, not old ones", async ({ deskbell, ada, ben, page }) => {
  const messages = Array.from({ length: 60 }, (_, n) => visitor(`Question ${n + 1}`));
  await createConversations(page, deskbell.origin, ben.person, [{ messages }]);
  await ada.signIn();
  await ada.open("Question 60");
  await expect(ada.page.locator(".message").first()).toBeVisible();
  const log = ada.page.getByRole("log", { name: "New messages" });
  await expect(log).toBeEmpty();
  const list = ada.page.getByRole("region", { name: "Messages" });
  await list.evaluate((element) => (element.scrollTop = 0));
  await expect(ada.page.locator(".message")).toHaveCount(60);
  await expect(log).toBeEmpty();
  await ben.signIn();
  await ben.open("Question 60");
  await ben.send("One answer for all.");
  await expect(log).toHaveText("Ben Carillon: One answer for all.");
  await expect(ada.page.locator(".message").first()).toContainText(/^[A-Z]\w+ [A-Z]\w+: Question 1/);
});

test("the panel announces new messages and their authors, not old ones", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("One.");
  await ada.signIn();
  await ada.open("One.");
  await ada.claim();
  await ada.send("Two.");
  const log = vera.panel.getByRole("log");
  await expect(log).toContainText("Ada Bellamy: Two.");
  await vera.visitAndOpen();
  await expect(vera.panel.locator(".bubble__text")).toHaveText(["One.", "Two."]);
  await expect(log).toBeEmpty();
  await ada.send("Three.");
  await expect(log).toHaveText("Ada Bellamy: Three.");
});

test("text fields on phones use 16 pixels, so that browsers do not zoom", async ({ browser, deskbell, ada }) => {
  const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport: { width: 800, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${deskbell.origin}/app/sign-in`);
  const size = await page.getByLabel("E-mail address").evaluate((field) => getComputedStyle(field).fontSize);
  expect(size, `of a field on the phone of ${ada.person.name}`).toBe("16px");
  await context.close();
});
