// Sign-in, sign-out, and the use of the inbox by keyboard.
import type { Page } from "@playwright/test";

import { ADA } from "../support/agent.js";
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

test("a wrong password and an unknown address are refused alike", async ({ ada }) => {
  await ada.page.goto(`${ada.origin}/app/sign-in`);
  for (const [email, password] of [
    [ADA.email, "Ada-rings-3-bells"],
    ["nobody@demo.deskbell.example", ADA.password],
  ] as const) {
    await ada.fillSignIn(email, password);
    await expect(ada.page.getByRole("alert")).toHaveText("Wrong e-mail or password.");
    await expect(ada.page.getByLabel("E-mail address")).toHaveValue(email);
    await ada.page.reload();
  }
  await ada.signIn();
});

test("the sign-in leads back to the page that was requested", async ({ vera, ada }) => {
  await ada.page.goto(`${ada.origin}/app`);
  await expect(ada.page).toHaveURL(`${ada.origin}/app/sign-in`);
  await ada.signIn();
  await expect(ada.page).toHaveURL(`${ada.origin}/app`);

  await vera.visitAndOpen();
  await vera.send("Is this still open?");
  await ada.open("Is this still open?");
  const address = ada.page.url();
  await ada.page.context().clearCookies();
  await ada.page.goto(address);
  await expect(ada.page.getByRole("heading", { name: "Sign in to Deskbell" })).toBeVisible();
  await ada.fillSignIn(ADA.email, ADA.password);
  await ada.expectLive();
  await expect(ada.page).toHaveURL(address);
});

test("signing out ends the session and removes the drafts", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("My address is Tea Lane 4.");
  await ada.signIn();
  await ada.open("My address is Tea Lane 4.");
  await ada.page.getByRole("button", { name: `Account of ${ADA.name}` }).click();
  await ada.page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(`${ada.origin}/app/sign-in`);
  await expect(ada.page.getByText("My address is Tea Lane 4.")).toHaveCount(0);
  await ada.page.goto(`${ada.origin}/app`);
  await expect(ada.page).toHaveURL(`${ada.origin}/app/sign-in`);
  // The remaining device cookie identifies this browser and gives no access.
  const left = await ada.page.context().cookies();
  expect(left.map(({ name }) => name)).toEqual(["deskbell_device"]);
});

test("a session survives a restart of the server", async ({ deskbell, ada }) => {
  await ada.signIn();
  await deskbell.kill();
  await deskbell.start();
  await ada.page.goto(`${ada.origin}/app`);
  await ada.expectLive();
});

test("ada works through her inbox with the keyboard alone", async ({ vera, victor, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Which teapot is the oldest?");
  await victor.visitAndOpen();
  await victor.send("Which one is the newest?");

  const { page } = ada;
  const { keyboard } = page;
  await page.goto(`${ada.origin}/app/sign-in`);
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(ADA.email);
  await keyboard.press("Tab");
  await keyboard.type(ADA.password);
  await keyboard.press("Enter");
  await ada.expectLive();
  await expect(ada.rows).toHaveCount(2);

  await keyboard.press("j");
  await expect(ada.row("oldest")).toBeFocused();
  await expectAllToSee([visitor("Which teapot is the oldest?")], ada);
  await keyboard.press("j");
  await expect(ada.row("newest")).toBeFocused();
  await keyboard.press("k");
  await expect(ada.row("oldest")).toHaveAttribute("aria-selected", "true");
  await keyboard.press("ArrowDown");
  await expect(ada.row("newest")).toHaveAttribute("aria-selected", "true");
  await keyboard.press("ArrowUp");
  await expect(ada.row("oldest")).toBeFocused();

  await keyboard.press("c");
  await ada.expectStatus("active");
  await keyboard.press("Enter");
  await expect(ada.composer).toBeFocused();
  await keyboard.type("The Russell, of 1823. ?jke");
  await keyboard.press("Shift+Enter");
  await keyboard.type("It still pours.");
  await keyboard.press("Enter");
  const messages = [visitor("Which teapot is the oldest?"), agent("The Russell, of 1823. ?jke\nIt still pours.")];
  await expectAllToSee(messages, ada, vera);

  await keyboard.press("Escape");
  await expect(ada.composer).not.toBeFocused();
  await keyboard.press("e");
  await expect(ada.row("newest")).toBeFocused();
  await keyboard.press("z");
  await expectAllToSee(messages, ada);
  await ada.expectStatus("active");
  await expect(ada.composer).toBeFocused();
  await keyboard.press("Escape");
  await keyboard.press("Shift+E");
  const question = page.getByRole("dialog", { name: "Close this conversation?" });
  await expect(question).toBeVisible();
  await keyboard.press("Escape");
  await expect(question).toBeHidden();
  await ada.expectStatus("active");
  await expect(ada.composer).toBeFocused();
  await pressAtOnce(page, ["Escape", "E"]);
  await page.getByRole("button", { name: "Close conversation", exact: true }).focus();
  await keyboard.press("Enter");
  await ada.expectStatus("closed");

  await keyboard.press("Shift+?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Next conversation");
  await keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await keyboard.press("Escape");
  await expect(page).toHaveURL(`${ada.origin}/app`);
});

/** Presses keys within one task, as if they were typed faster than the page renders. */
async function pressAtOnce(page: Page, keys: string[]) {
  await page.evaluate((keys) => {
    for (const key of keys) {
      const init = { key, bubbles: true, cancelable: true };
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", init));
    }
  }, keys);
}
