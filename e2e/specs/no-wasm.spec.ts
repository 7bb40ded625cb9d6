// A panel that cannot start: WebAssembly is turned off, or its program is missing on the server.
import type { Page } from "@playwright/test";

import { expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

async function writeInForm(page: Page, text: string): Promise<void> {
  const form = page.locator("deskbell-widget .panel iframe").contentFrame();
  const field = form.getByRole("textbox", { name: "Message" });
  await expect(form.getByText("The full chat couldn't start in this browser.")).toBeVisible();
  await field.fill(text);
  await field.press("Enter");
  await expect(form.locator(".bubble--own").filter({ hasText: text })).toBeVisible();
}

test("without WebAssembly vera writes in a form and sees the reply there", async ({ vera, ada }) => {
  await vera.page.addInitScript(() => delete (globalThis as { WebAssembly?: unknown }).WebAssembly);
  await vera.visit();
  await vera.launcher.click();
  await writeInForm(vera.page, "My browser knows no WebAssembly.");
  await vera.page.screenshot({ path: "screenshots/no-wasm.png" });
  await ada.signIn();
  await ada.open("My browser knows no WebAssembly.");
  await ada.claim();
  await ada.send("Then we write here.");
  const form = vera.page.locator("deskbell-widget .panel iframe").contentFrame();
  await expect(form.getByText("Then we write here.")).toBeVisible();
  await writeInForm(vera.page, "Fine with me.");
  await vera.page.reload();
  await vera.launcher.click();
  await expect(form.getByText("Then we write here.")).toBeVisible();
});

test("a program that is missing once is loaded again automatically", async ({ vera }) => {
  const isRetried = () => vera.page.frames().some((frame) => frame.url().endsWith("#retried"));
  await vera.page.route("**/assets/widget-*.wasm", (route) =>
    isRetried() ? route.continue() : route.fulfill({ status: 404 }),
  );
  await vera.visitAndOpen();
  expect(isRetried()).toBe(true);
  await vera.send("It took two tries.");
});

test("a program that stays missing is replaced by the form, which offers a retry", async ({ vera }) => {
  let isMissing = true;
  await vera.page.route("**/assets/widget-*.wasm", (route) => (isMissing ? route.fulfill({ status: 404 }) : route.continue()));
  await vera.visit();
  await vera.launcher.click();
  await writeInForm(vera.page, "Is anybody there?");
  isMissing = false;
  await vera.panel.getByRole("button", { name: "Retry" }).click();
  await vera.expectLive();
  await expectAllToSee([visitor("Is anybody there?")], vera);
});
