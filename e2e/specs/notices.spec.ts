// The notification centre: mentions and assignments in the menu of alerts, with their read state.
import { AxeBuilder } from "@axe-core/playwright";

import { ADA, BEN, type Agent } from "../support/agent.js";
import { expect, test } from "../support/test.js";

/** Ada mentions Ben in a note to the open conversation. */
async function mention(ada: Agent, text: string): Promise<void> {
  await ada.page.getByRole("button", { name: "Note", exact: true }).click();
  const field = ada.page.getByRole("textbox", { name: "Note" });
  await field.pressSequentially("@ben");
  await ada.page.getByRole("option", { name: BEN.name }).click();
  await field.pressSequentially(text);
  await field.press("Enter");
  await expect(field).toHaveValue("");
}

test("ben sees a mention and an assignment in the menu, and opens them with the mouse", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("My bell is broken.");
  await ben.signIn();
  await ada.signIn();
  await ada.open("My bell is broken.");
  await mention(ada, "can you look?");
  const alerts = ben.page.getByRole("button", { name: "Alerts, 1 unread" });
  await alerts.click();
  const menu = ben.page.getByRole("menu", { name: "Alerts" });
  const first = menu.getByRole("menuitem", { name: `${ADA.name} mentioned you` });
  await expect(first).toContainText(`@${BEN.name} can you look?`);
  await expect(first).toContainText("Unread");
  await ben.page.screenshot({ path: "screenshots/notices-light.png" });
  await ben.page.emulateMedia({ colorScheme: "dark" });
  await ben.page.screenshot({ path: "screenshots/notices-dark.png" });
  const found = await new AxeBuilder({ page: ben.page }).include(".notifications-menu").analyze();
  expect(found.violations).toEqual([]);
  await first.click();
  await expect(menu).toBeHidden();
  await expect(ben.page.locator(".note")).toContainText("can you look?");
  await expect(ben.page.getByRole("button", { name: "Alerts", exact: true })).toBeVisible();

  await ben.page.keyboard.press("Escape");
  await ben.page.goto(`${ben.origin}/app`);
  await ben.expectLive();
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Assign…" }).click();
  await ada.page.getByRole("dialog").getByRole("option", { name: BEN.name }).click();
  await ben.page.getByRole("button", { name: "Alerts, 1 unread" }).click();
  await expect(menu.getByRole("menuitem", { name: `${ADA.name} assigned a conversation to you` })).toBeVisible();
  await expect(menu.locator('.notice-item[data-unread="true"]')).toHaveCount(1);
});

test("ben reads all with the keyboard, in every window", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Who can help?");
  await ben.signIn();
  const other = await ben.page.context().newPage();
  await other.goto(`${ben.origin}/app`);
  await ada.signIn();
  await ada.open("Who can help?");
  await mention(ada, "first");
  await mention(ada, "second");
  const alerts = ben.page.getByRole("button", { name: "Alerts, 2 unread" });
  await expect(alerts).toBeVisible();
  await expect(other.getByRole("button", { name: "Alerts, 2 unread" })).toBeVisible();
  await alerts.focus();
  await ben.page.keyboard.press("Enter");
  const items = ben.page.locator(".notice-item");
  await expect(items.first()).toBeFocused();
  await expect(items.first()).toContainText("second");
  await ben.page.keyboard.press("ArrowDown");
  await expect(items.nth(1)).toBeFocused();
  await ben.page.keyboard.press("ArrowDown");
  await expect(ben.page.getByRole("menuitem", { name: "Mark all as read" })).toBeFocused();
  await ben.page.keyboard.press("Enter");
  await expect(ben.page.locator('.notice-item[data-unread="true"]')).toHaveCount(0);
  for (const page of [ben.page, other]) {
    await expect(page.getByRole("button", { name: "Alerts", exact: true })).toBeVisible();
  }
  await other.close();
});

test("on a phone the notifications fit the screen", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Which size is it?");
  await ben.page.setViewportSize({ width: 390, height: 844 });
  await ben.signIn();
  await ben.page.getByRole("button", { name: "Alerts", exact: true }).click();
  await expect(ben.page.getByText("No mentions or assignments yet.")).toBeVisible();
  await ben.page.keyboard.press("Escape");
  await ada.signIn();
  await ada.open("Which size is it?");
  await mention(ada, "has the list, which is rather long and does not fit on one line");
  await ben.page.getByRole("button", { name: "Alerts, 1 unread" }).click();
  const menu = ben.page.getByRole("menu", { name: "Alerts" });
  const box = (await menu.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(390);
  const item = menu.locator(".notice-item");
  await expect.poll(async () => (await item.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await ben.page.screenshot({ path: "screenshots/notices-phone.png" });
});
