// Accounts: registration, password reset, the second factor, and the end of sessions in other browsers.
import type { Page } from "@playwright/test";

import { Agent, DORA } from "../support/agent.js";
import { expect, test } from "../support/test.js";
import { code } from "../support/totp.js";

test.use({ demo: false, registration: "open" });

test("dora registers, confirms her address, and signs in", async ({ owner, dora }) => {
  const { page } = dora;
  await page.goto(`${dora.origin}/app/sign-in`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page).toHaveURL(`${dora.origin}/app/register`);
  await expect(page.getByLabel("Your name")).toBeFocused();

  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("Your name")).toHaveAccessibleDescription(/2 to 50 letters/);
  await expect(page.getByLabel("Your name")).toBeFocused();

  await register(page);
  // Without a mail server the page says that no mail can be sent.
  await expect(page.getByRole("heading", { name: "Ask the operator of this server" })).toBeVisible();
  const link = await owner.mailedLink(DORA.email, "verify");

  await page.getByRole("link", { name: "Sign in" }).click();
  await dora.fillSignIn(DORA.email, DORA.password);
  await expect(page.getByRole("alert")).toContainText("Confirm your e-mail first");
  await expect(page.getByRole("alert")).toContainText("ask its operator for the link");
  await page.getByRole("button", { name: "Request a new link" }).click();
  await expect(page.getByRole("alert")).toContainText("Ask the operator of this server for the link");

  await page.goto(link);
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
  await expect(page).toHaveURL(`${dora.origin}/app/verify`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await dora.fillSignIn(DORA.email, DORA.password);
  await dora.expectLive();
  await expect(page.getByText("No conversations yet")).toBeVisible();

  await page.goto(link);
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByRole("heading", { name: "This link has expired" })).toBeVisible();
});

test("dora can request the link again when the page does not know whether the server sends e-mail", async ({ owner, dora }) => {
  await owner.post("/api/v1/auth/register", { ...DORA, workspace: "Clapper & Co" });
  await dora.page.route("**/api/v1/setup", (route) => route.abort());
  await dora.page.goto(`${dora.origin}/app/sign-in`);
  await dora.fillSignIn(DORA.email, DORA.password);
  const again = dora.page.getByRole("button", { name: "Send the e-mail again" });
  const sent = dora.page.waitForResponse("**/auth/send-verification");
  await again.click();
  expect((await sent).ok()).toBe(true);
  await expect(again).toBeHidden();
});

test("a link in an e-mail takes effect on a click, not when it is opened", async ({ owner, dora }) => {
  await owner.post("/api/v1/auth/register", { ...DORA, workspace: "Clapper & Co" });
  const link = await owner.mailedLink(DORA.email, "verify");
  for (let scan = 0; scan < 2; scan++) {
    await dora.page.goto(link);
    await expect(dora.page.getByRole("button", { name: "Confirm address" })).toBeVisible();
    await dora.page.goto("about:blank");
  }
  await dora.page.goto(`${dora.origin}/app/sign-in`);
  await dora.fillSignIn(DORA.email, DORA.password);
  await expect(dora.page.getByRole("button", { name: "Request a new link" })).toBeVisible();
  await dora.page.goto(link);
  await dora.page.getByRole("button", { name: "Confirm address" }).click();
  await expect(dora.page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
});

test("a password reset by e-mail ends the open sessions", async ({ owner, carla, browser }) => {
  await carla.signIn();
  const context = await browser.newContext();
  const otherPage = await context.newPage();
  await otherPage.goto(`${carla.origin}/app/sign-in`);
  await otherPage.getByRole("link", { name: "Forgot your password?" }).click();
  await otherPage.getByLabel("E-mail address").fill(carla.person.email);
  await otherPage.getByRole("button", { name: "Request reset link" }).click();
  await expect(otherPage.getByText(/If carla@oswald.example has an account here/)).toBeVisible();

  const link = await owner.mailedLink(carla.person.email, "reset");
  await otherPage.goto(link);
  await expect(otherPage).toHaveURL(`${carla.origin}/app/reset`);
  await otherPage.getByLabel("New password").fill("short");
  await otherPage.getByRole("button", { name: "Set new password" }).click();
  await expect(otherPage.getByLabel("New password")).toHaveAccessibleDescription(/at least 8 characters/);
  await otherPage.getByLabel("New password").fill("Teapots-5-ever");
  await otherPage.getByRole("button", { name: "Set new password" }).click();
  await expect(otherPage.getByRole("heading", { name: "Your password has changed" })).toBeVisible();

  // Her earlier session has ended.
  await expect(carla.page).toHaveURL(`${carla.origin}/app/sign-in`, { timeout: 20_000 });
  await carla.fillSignIn(carla.person.email, carla.person.password);
  await expect(carla.page.getByRole("alert")).toContainText("Wrong e-mail or password.");
  await carla.fillSignIn(carla.person.email, "Teapots-5-ever");
  await carla.expectLive();

  await otherPage.getByRole("link", { name: "Sign in" }).click();
  await otherPage.goto(link);
  await otherPage.getByLabel("New password").fill("Teapots-6-ever");
  await otherPage.getByRole("button", { name: "Set new password" }).click();
  await expect(otherPage.getByRole("link", { name: "Request another link" })).toBeVisible();
  await context.close();
});

test("a second factor is set up, required at sign-in, and replaced by a backup code", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("account");
  await page.getByRole("button", { name: "Set up…" }).click();
  const dialog = page.getByRole("dialog", { name: "Set up two-factor sign-in" });
  await dialog.getByLabel("Your password").fill(carla.person.password);
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  const secret = await dialog.locator("code").innerText();
  await dialog.getByLabel("Code", { exact: true }).fill("000000");
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await expect(dialog.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(/wrong/);
  await dialog.getByLabel("Code", { exact: true }).fill(code(secret));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  const items = dialog.getByRole("list", { name: "Backup codes" }).getByRole("listitem");
  await expect(items).toHaveCount(10);
  const codes = await items.allInnerTexts();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("link", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("deskbell-backup-codes.txt");
  await dialog.getByRole("button", { name: "I've saved them" }).click();
  await expect(page.getByText("10 backup codes left.")).toBeVisible();

  await carla.signOut();
  await carla.fillSignIn(carla.person.email, carla.person.password);
  await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  await expect(page.getByLabel("Code")).toBeFocused();
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByLabel("Code")).toHaveAccessibleDescription(/wrong/);
  // The current code was used to turn it on, and each code works once.
  await page.getByLabel("Code").fill(code(secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await carla.expectLive();

  await carla.signOut();
  await carla.fillSignIn(carla.person.email, carla.person.password);
  await page.getByLabel("Code").fill(codes[0]!);
  await page.getByRole("button", { name: "Sign in" }).click();
  await carla.expectLive();
  await carla.openSettings("account");
  await expect(page.getByText("9 backup codes left.")).toBeVisible();

  await page.getByRole("button", { name: "Turn off…" }).click();
  await page.getByLabel("Your password").fill(carla.person.password);
  await page.getByLabel("Code").fill(codes[1]!);
  await page.getByRole("button", { name: "Turn off", exact: true }).click();
  await expect(page.getByRole("button", { name: "Set up…" })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("carla signs out another browser, which shows it at once", async ({ owner, carla, browser }) => {
  expect(owner.snippet).toBeTruthy();
  await carla.signIn();
  const context = await browser.newContext();
  const page = await context.newPage();
  const otherBrowser = new Agent(page, carla.errors, carla.origin, carla.person);
  await otherBrowser.signIn();

  await carla.openSettings("account");
  const sessions = carla.page.getByRole("list", { name: "Sessions" }).getByRole("listitem");
  // The third session is that of the set-up, which belongs to no browser.
  await expect(sessions).toHaveCount(3);
  await expect(sessions.filter({ hasText: "This browser" })).toHaveCount(1);
  await expect(sessions.filter({ hasText: "Chrome on" })).toHaveCount(2);
  await carla.page.getByRole("button", { name: "Sign out all other sessions" }).click();
  await expect(sessions).toHaveCount(1);
  await expect(page).toHaveURL(`${carla.origin}/app/sign-in`, { timeout: 20_000 });
  await carla.expectLive();
  await context.close();
});

test("carla changes her name, her password and her address", async ({ owner, carla }) => {
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("account");
  await page.getByLabel("Name", { exact: true }).fill("C");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveAccessibleDescription(/2 to 50 letters/);
  await page.getByLabel("Name", { exact: true }).fill("Carla Oswald");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Account of Carla Oswald" })).toBeVisible();

  await page.getByRole("button", { name: "Change password…" }).click();
  await page.getByLabel("Current password").fill("Teapots-3-ever");
  await page.getByLabel("New password").fill("Teapots-5-ever");
  await page.getByRole("button", { name: "Change password", exact: true }).click();
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription(/not your password/);
  await page.getByLabel("Current password").fill(carla.person.password);
  await page.getByRole("button", { name: "Change password", exact: true }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();

  await page.getByRole("button", { name: "Change…", exact: true }).click();
  await page.getByLabel("New address").fill("carla@teapots.example");
  await page.getByLabel("Your password").fill("Teapots-5-ever");
  await page.getByRole("button", { name: "Request link" }).click();
  await expect(page.getByText(/the link for carla@teapots.example/)).toBeVisible();
  await owner.signInAgain("Teapots-5-ever");
  await page.goto(await owner.mailedLink("carla@teapots.example", "confirm-email"));
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByRole("heading", { name: "Your e-mail address has changed" })).toBeVisible();
  await page.getByRole("link", { name: "Open the inbox" }).click();
  await carla.account.click();
  await expect(page.getByRole("menu").getByText("carla@teapots.example")).toBeVisible();
});

test("carla adds a picture and removes it", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("account");
  const chooser = page.getByLabel("Picture", { exact: true });
  await chooser.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await expect(page.getByRole("alert")).toHaveText("Choose a PNG, JPEG or WebP picture.");
  // The picture exceeds the server's limit, so the browser scales it down.
  const buffer = await page.screenshot({ scale: "css" });
  await chooser.setInputFiles({ name: "face.png", mimeType: "image/png", buffer });
  const face = carla.account.locator("img");
  await expect(face).toBeVisible();
  const size = () => face.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]);
  await expect.poll(size).toEqual([256, 256]);
  await page.reload();
  await expect(face).toBeVisible();
  await page.getByRole("button", { name: "Remove picture" }).click();
  await expect(face).toHaveCount(0);
});

async function register(page: Page): Promise<void> {
  await page.getByLabel("Your name").fill(DORA.name);
  await page.getByLabel("E-mail address").fill(DORA.email);
  await page.getByLabel("Password").fill(DORA.password);
  await page.getByLabel("Workspace").fill("Clapper & Co");
  await page.getByRole("button", { name: "Create account" }).click();
}
