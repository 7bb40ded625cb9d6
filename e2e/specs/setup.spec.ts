// The set-up of a new installation, which works once.
import type { Page } from "@playwright/test";

import { Agent } from "../support/agent.js";
import { expect, test } from "../support/test.js";
import { Visitor } from "../support/visitor.js";
import { PageErrors } from "../support/page-errors.js";

test.use({ demo: false });

const OWNER = { name: "Carla O’Neill", email: "carla@oswald.example", password: "Teapots-4-ever" };
const WORKSPACE = "Oswald & <Sons>";

test("a new installation leads to the set-up, and the set-up to the first chat", async ({ deskbell, shop, page, browser }) => {
  const errors = await PageErrors.record(page);
  await page.goto(deskbell.origin);
  await expect(page).toHaveURL(`${deskbell.origin}/setup`);
  await fill(page, "https://shop.example/help");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByText('"https://shop.example/help" is not a website address.')).toBeVisible();

  await fill(page, new URL(shop.url).origin);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("heading", { name: "You're set up" })).toBeVisible();
  await expect(page.getByText(`${WORKSPACE} is set up.`)).toBeVisible();
  const snippet = await page.getByLabel("The snippet").innerText();
  const [, key] = /data-site="([\w-]+)" async><\/script>$/.exec(snippet) ?? [];
  expect(snippet).toBe(`<script src="${deskbell.origin}/deskbell.js" data-site="${key}" async></script>`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy snippet" }).click();
  await expect(page.getByText("Copied", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(snippet);

  await page.getByRole("link", { name: "Open the dashboard" }).click();
  await expect(page.getByText("No conversations yet")).toBeVisible();
  const carla = new Agent(page, errors, deskbell.origin, OWNER);
  await carla.expectLive();

  shop.snippet = snippet;
  const context = await browser.newContext();
  const visitor = await context.newPage();
  const vera = new Visitor(visitor, await PageErrors.record(visitor), shop.url);
  await vera.visitAndOpen();
  await vera.send("Am I the first?");
  await carla.open("Am I the first?");
  await carla.claim();
  await carla.send("You are.");
  vera.errors.expectNone();
  errors.expectNone();
  await context.close();
});

const INVALID = [
  ["Your name", "C", "Enter a name of 2 to 50 letters"],
  ["E-mail address", "carla@oswald", "Mail can't be sent to this address."],
  ["Password", "short", "Use at least 8 characters, with upper- and lowercase letters and a number."],
  ["Password", "long-but-plain", "Use upper- and lowercase letters and a number."],
  ["Workspace", "O", "Enter a name (2 to 50 characters)."],
  ["Website name", "T", "Enter a name (2 to 50 characters)."],
  ["Website address", "oswald.example/shop", '"oswald.example/shop" is not a website address.'],
  ["Website address", "http://oswald.example", "is not a website address."],
] as const;

test("an error is shown at its field, and the rest of the form is kept", async ({ deskbell, page }) => {
  await page.goto(`${deskbell.origin}/setup`);
  for (const [field, wrong, error] of INVALID) {
    await test.step(`“${wrong}” under “${field}”`, async () => {
      await fill(page, "https://oswald.example");
      await page.getByLabel(field).fill(wrong);
      await page.getByRole("button", { name: "Set up" }).click();
      await expect(page.locator('[aria-invalid="true"]')).toHaveCount(1);
      await expect(page.getByLabel(field)).toHaveAttribute("aria-invalid", "true");
      await expect(page.getByLabel(field)).toHaveAccessibleDescription(new RegExp(error.replace(/[.()]/g, "\\$&")));
      if (field !== "Password") await expect(page.getByLabel(field)).toHaveValue(wrong);
      if (field !== "Workspace") await expect(page.getByLabel("Workspace")).toHaveValue(WORKSPACE);
      await expect(page.getByLabel("Password")).toHaveValue(field === "Password" ? "" : OWNER.password);
      await expect(page.getByLabel(field)).toBeFocused();
    });
  }
});

test("all wrong fields are marked at once", async ({ deskbell, page }) => {
  await page.goto(`${deskbell.origin}/setup`);
  await fill(page, "oswald.example/shop");
  await page.getByLabel("Your name").fill("C");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.locator('[aria-invalid="true"]')).toHaveCount(3);
});

test("a website address needs no scheme", async ({ deskbell, page }) => {
  await page.goto(`${deskbell.origin}/setup`);
  await fill(page, "oswald.example, localhost:3000");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("heading", { name: "You're set up" })).toBeVisible();
});

test("without the clipboard API the selected snippet is copied", async ({ deskbell, page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.goto(`${deskbell.origin}/setup`);
  await fill(page, "https://oswald.example");
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("button", { name: "Copy snippet" }).click();
  await expect(page.getByText("Copied", { exact: true })).toBeVisible();
  const selected = await page.evaluate(() => getSelection()?.toString());
  expect(selected).toBe(await page.getByLabel("The snippet").innerText());
});

test("without JavaScript the set-up works, and shows no button without effect", async ({ deskbell, browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${deskbell.origin}/setup`);
  await fill(page, "https://oswald.example");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByLabel("The snippet")).toContainText("/deskbell.js");
  await expect(page.getByRole("button")).toHaveCount(0);
  await context.close();
});

test("the set-up is done once, and its owner signs in afterwards", async ({ deskbell, page, browser }) => {
  const late = await (await browser.newContext()).newPage();
  for (const tab of [page, late]) {
    await tab.goto(`${deskbell.origin}/setup`);
    await fill(tab, "https://oswald.example");
  }
  await late.getByLabel("E-mail address").fill("intruder@oswald.example");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("heading", { name: "You're set up" })).toBeVisible();
  await late.getByRole("button", { name: "Set up" }).click();
  await expect(late.getByRole("alert")).toHaveText("Deskbell is already set up. Sign in instead.");
  await late.goto(`${deskbell.origin}/setup`);
  await expect(late).toHaveURL(`${deskbell.origin}/app/sign-in`);

  const carla = new Agent(late, await PageErrors.record(late), deskbell.origin, OWNER);
  await late.reload();
  await carla.fillSignIn("intruder@oswald.example", OWNER.password);
  await expect(late.getByRole("alert")).toBeVisible();
  await carla.fillSignIn(OWNER.email, OWNER.password);
  await carla.expectLive();
  await late.context().close();
});

async function fill(page: Page, origins: string): Promise<void> {
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail address").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByLabel("Workspace").fill(WORKSPACE);
  await page.getByLabel("Website name").fill("Teapots by Oswald");
  await page.getByLabel("Website address").fill(origins);
}
