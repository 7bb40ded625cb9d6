// Canned responses: their page, and the list that opens in the composer, with the mouse and with the keyboard.
import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import type { Agent } from "../support/agent.js";
import { expect, test } from "../support/test.js";

interface Response {
  shortcut: string;
  title: string;
  content: string;
  scope?: "own" | "workspace";
  category?: string;
}

/** Creates canned responses as the agent who is signed in on this page. */
async function createResponses(page: Page, responses: Response[]): Promise<void> {
  const statuses = await page.evaluate(async (responses) => {
    const headers = { "content-type": "application/json", "x-deskbell": "1" };
    const create = (response: unknown) =>
      fetch("/api/v1/canned-responses", { method: "POST", headers, body: JSON.stringify(response) });
    return Promise.all(responses.map(async (response) => (await create(response)).status));
  }, responses);
  expect(statuses).toEqual(responses.map(() => 201));
}

async function openPage(agent: Agent): Promise<void> {
  await agent.page.goto(`${agent.origin}/app/canned-responses`);
  await agent.expectLive();
}

const options = (agent: Agent) => agent.page.getByRole("listbox", { name: "Canned responses" }).getByRole("option");

const NO_MATCH = "No canned response matches.";

const GREETINGS: Response[] = [
  { scope: "workspace", shortcut: "hello", title: "Greeting", content: "Hello {{visitor.name|there}}, I am {{agent.name}}." },
  { shortcut: "help", title: "Offer help", content: "How can I help you?" },
  { scope: "workspace", shortcut: "bye", title: "Say hello next time", content: "Goodbye!" },
];

for (const viewport of [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]) {
  test.describe(`at ${viewport.width} pixels`, () => {
    test.use({ viewport });

    test("ada creates, finds, changes and deletes a canned response with the mouse", async ({ ada }) => {
      const { page } = ada;
      await page.setViewportSize(viewport);
      await ada.signIn();
      await page.getByRole("button", { name: "Canned responses" }).click();
      await expect(page.getByText("No canned responses yet")).toBeVisible();
      await page.getByRole("button", { name: "New response…" }).click();
      const dialog = page.getByRole("dialog", { name: "New canned response" });
      await dialog.getByRole("button", { name: "Create" }).click();
      for (const field of ["Shortcut", "Title", "Text"]) {
        await expect(dialog.getByLabel(field, { exact: true })).toHaveAttribute("aria-invalid", "true");
      }
      await dialog.getByLabel("Shortcut").fill("/hello");
      await dialog.getByLabel("Title").fill("Greeting");
      await dialog.getByLabel("Text", { exact: true }).fill("Hello !");
      await dialog.getByLabel("Text", { exact: true }).evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(6, 6));
      await dialog.getByRole("button", { name: "Visitor's name" }).click();
      await expect(dialog.getByLabel("Text", { exact: true })).toHaveValue("Hello {{visitor.name}}!");
      const preview = dialog.getByRole("region", { name: "Preview" });
      await expect(preview).toContainText("Hello Vera!");
      await dialog.getByLabel("Text", { exact: true }).fill("Hello {{visitor.nam}}!");
      await expect(preview).toContainText("There is no variable {{visitor.nam}}.");
      await dialog.getByRole("button", { name: "Create" }).click();
      await expect(dialog.getByLabel("Text", { exact: true })).toHaveAccessibleDescription(/There is no variable/);
      await dialog.getByLabel("Text", { exact: true }).fill("Hello {{visitor.name|there}}!");
      await expect(preview).toContainText("Hello there!");
      await dialog.getByLabel("Category").fill("First");
      await dialog.getByRole("button", { name: "Create" }).click();
      await expect(dialog).toBeHidden();
      await createResponses(page, [{ shortcut: "bye", title: "Farewell", content: "Goodbye!" }]);
      await page.reload();
      const rows = page.getByRole("list", { name: "Canned responses" }).getByRole("listitem");
      await expect(rows).toHaveCount(2);
      await expect(rows.filter({ hasText: "/hello" })).toContainText("Never used");

      await page.getByRole("searchbox", { name: "Search canned responses" }).fill("GREET");
      await expect(rows).toHaveCount(1);
      await page.getByRole("searchbox", { name: "Search canned responses" }).fill("nothing like it");
      await expect(page.getByText("No canned response matches.")).toBeVisible();
      await page.getByRole("searchbox", { name: "Search canned responses" }).fill("");
      await page.getByLabel("Category").selectOption("First");
      await expect(rows).toHaveCount(1);
      await page.getByLabel("Category").selectOption("");
      await page.getByLabel("Available to").selectOption("Only you");
      await expect(rows).toHaveText([/\/bye/]);
      await page.getByLabel("Available to").selectOption("All responses");

      await page.getByRole("button", { name: "Edit /hello" }).click();
      await page.getByRole("dialog").getByLabel("Shortcut").fill("BYE");
      await page.getByRole("dialog").getByLabel("Available to").selectOption("Only me");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("dialog").getByLabel("Shortcut")).toHaveAccessibleDescription(/has this shortcut/);
      await page.getByRole("dialog").getByLabel("Shortcut").fill("hi");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await expect(rows).toHaveText([/\/bye/, /\/hi.*Only you/]);

      await page.getByRole("button", { name: "Delete /hi" }).click();
      await expect(page.getByRole("dialog")).toContainText("/hi is deleted for good.");
      await page.getByRole("dialog").getByRole("button", { name: "Delete canned response" }).click();
      await expect(rows).toHaveText([/\/bye/]);
    });

    test("ada inserts a canned response with the mouse, and the use is counted", async ({ vera, ada }) => {
      const { page } = ada;
      await page.setViewportSize(viewport);
      await vera.visitAndOpen();
      await vera.send("Is anybody there?");
      await ada.signIn();
      await createResponses(page, GREETINGS);
      await ada.open("Is anybody there?");
      await ada.composer.fill("Well,");
      await page.getByRole("button", { name: "Insert canned response" }).click();
      await expect(ada.composer).toHaveValue("Well, /");
      await expect(options(ada)).toHaveText([/\/bye/, /\/hello/, /\/help/]);
      const preview = page.locator(".canned-filled");
      await expect(preview).toHaveText("Goodbye!");
      await options(ada).filter({ hasText: "/hello" }).hover();
      await expect(preview).toHaveText("Hello there, I am Ada Bellamy.");
      for (const part of [options(ada).first(), preview]) await expect(part).toBeInViewport({ ratio: 1 });
      await options(ada).filter({ hasText: "/hello" }).click();
      await expect(ada.composer).toHaveValue("Well, Hello there, I am Ada Bellamy.");
      await expect(ada.composer).toBeFocused();
      await expect(options(ada)).toHaveCount(0);
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await expect(vera.panel.getByText("Well, Hello there, I am Ada Bellamy.", { exact: true })).toBeVisible();
      await openPage(ada);
      const used = page.getByRole("listitem").filter({ hasText: "/hello" });
      await expect(used).toContainText("Used 1 time");
    });

    test("ada inserts canned responses with the keyboard alone", async ({ vera, ada }) => {
      const { page } = ada;
      await page.setViewportSize(viewport);
      await vera.visitAndOpen();
      await vera.send("Is anybody there?");
      await ada.signIn();
      await createResponses(page, GREETINGS);
      await ada.open("Is anybody there?");
      await ada.composer.focus();
      await page.keyboard.type("/HEL");
      await expect(options(ada)).toHaveText([/\/hello/, /\/help/, /\/bye/]);
      await expect(ada.composer).toHaveAttribute("aria-activedescendant", "canned-option-0");
      await expect(options(ada).first()).toHaveAttribute("aria-selected", "true");
      await expect(options(ada).first()).toHaveAccessibleDescription("Hello there, I am Ada Bellamy.");
      await expect(page.getByRole("status").filter({ hasText: "3 canned responses." })).toBeAttached();
      await page.keyboard.press("ArrowDown");
      await expect(options(ada).nth(1)).toHaveAttribute("aria-selected", "true");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowUp");
      await expect(options(ada).last()).toHaveAttribute("aria-selected", "true");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await expect(ada.composer).toHaveValue("Hello there, I am Ada Bellamy.");
      expect(await ada.messages()).toHaveLength(1);

      await page.keyboard.type(" /help");
      await expect(options(ada)).toHaveCount(1);
      await page.keyboard.press("Tab");
      await expect(ada.composer).toHaveValue("Hello there, I am Ada Bellamy. How can I help you?");
      await expect(ada.composer).toBeFocused();

      await page.keyboard.type(" /b");
      await expect(options(ada)).toHaveCount(1);
      await page.keyboard.press("Escape");
      await expect(options(ada)).toHaveCount(0);
      await expect(ada.composer).toBeFocused();
      await page.keyboard.type("y");
      await expect(options(ada)).toHaveCount(0);
      for (let back = 0; back < 4; back += 1) await page.keyboard.press("Backspace");
      await page.keyboard.press("Enter");
      await expect(vera.panel.getByText("Hello there, I am Ada Bellamy. How can I help you?", { exact: true })).toBeVisible();

      // Not the beginning of a word, or no match: Enter sends as always.
      for (const text of ["1/2 and https://shop.example/bye", "/nothing"]) {
        await page.keyboard.type(text);
        // Until the list is loaded, Enter is for the response that may be meant.
        if (text.startsWith("/")) await expect(page.locator(".canned-note")).toHaveText(NO_MATCH);
        await page.keyboard.press("Enter");
        await expect(vera.panel.getByText(text, { exact: true })).toBeVisible();
        await expect(ada.composer).toHaveValue("");
      }
    });
  });
}

test("a token is not taken from an input method, and a draft with one is kept", async ({ vera, ada }) => {
  const { page } = ada;
  await vera.visitAndOpen();
  await vera.send("Is anybody there?");
  await ada.signIn();
  await createResponses(page, GREETINGS);
  await ada.open("Is anybody there?");
  await ada.composer.focus();
  await page.keyboard.type("/hel");
  await expect(options(ada)).toHaveCount(3);
  // The keys of a composition choose among the input method's own candidates.
  await ada.composer.evaluate((area) => {
    for (const key of ["ArrowDown", "Tab", "Enter"]) {
      area.dispatchEvent(new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true, cancelable: true }));
    }
  });
  await expect(ada.composer).toHaveValue("/hel");
  await expect(options(ada).first()).toHaveAttribute("aria-selected", "true");
  await page.reload();
  await ada.expectLive();
  await expect(ada.composer).toHaveValue("/hel");
  await expect(options(ada)).toHaveCount(0);
  await ada.composer.click();
  await expect(options(ada)).toHaveCount(3);
  await page.getByRole("heading", { name: "Details" }).click();
  await expect(options(ada)).toHaveCount(0);
});

test("an agent sees the workspace's responses, uses them and changes only their own", async ({ ada, ben }) => {
  await ada.signIn();
  await createResponses(ada.page, GREETINGS);
  await ben.signIn();
  await openPage(ben);
  const rows = ben.page.getByRole("list", { name: "Canned responses" }).getByRole("listitem");
  await expect(rows).toHaveText([/\/bye/, /\/hello/]);
  await expect(ben.page.getByRole("button", { name: /^Edit/ })).toHaveCount(0);
  await ben.page.getByRole("button", { name: "New response…" }).click();
  const dialog = ben.page.getByRole("dialog");
  await expect(dialog.getByLabel("Available to")).toHaveCount(0);
  await dialog.getByLabel("Shortcut").fill("mine");
  await dialog.getByLabel("Title").fill("Mine");
  await dialog.getByLabel("Text", { exact: true }).fill("Only mine");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(rows.filter({ hasText: "/mine" })).toContainText("Only you");
  await expect(ben.page.getByRole("button", { name: "Edit /mine" })).toBeVisible();
  await openPage(ada);
  await expect(ada.page.getByText("/help")).toBeVisible();
  await expect(ada.page.getByText("/mine")).toHaveCount(0);
});

test("a file is checked row by row, imported, and exported again", async ({ ada }) => {
  const { page } = ada;
  await ada.signIn();
  await openPage(ada);
  await page.getByRole("button", { name: "Import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Import canned responses" });
  const choose = (text: string) =>
    dialog.getByLabel("CSV file").setInputFiles({ name: "responses.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await choose("<html></html>");
  await expect(dialog.getByRole("status")).toContainText("there is no column");
  await choose("shortcut,content\ntwo words,Hello\nhi,Hello {{visitor.nam}}\n");
  const errors = dialog.getByRole("region", { name: "Errors of the file" }).getByRole("row");
  await expect(errors).toHaveText([/Line/, /2shortcut/, /3content.*visitor\.nam/]);
  await expect(dialog.getByRole("button", { name: "Import" })).toBeDisabled();
  await choose("shortcut,title,content,scope\nhi,=Greeting,Hello,workspace\nbye,Farewell,Goodbye,own\n");
  await expect(dialog.getByText("2 new, 0 changed, 0 up to date.")).toBeVisible();
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("Imported: 2 new, 0 changed.")).toBeVisible();
  await expect(page.getByRole("list", { name: "Canned responses" }).getByRole("listitem")).toHaveCount(2);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const file = await readFile(await (await downloading).path(), "utf8");
  expect(file).toBe(
    "shortcut,title,category,content,scope,team\r\nbye,Farewell,,Goodbye,own,\r\nhi,'=Greeting,,Hello,workspace,\r\n",
  );
  await page.getByRole("button", { name: "Import…" }).click();
  await choose(file);
  await expect(dialog.getByText("All responses in this file are up to date.")).toBeVisible();
});
