// Snoozing: an active conversation leaves the open work until a time or a reply.
import { expect, test } from "../support/test.js";

test("ada snoozes a conversation with the mouse, and vera's reply brings it back", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("When does it come?");
  await ada.signIn();
  await ada.open("When does it come?");
  await ada.claim();
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Snooze…" }).click();
  const picker = ada.page.getByRole("dialog", { name: "Snooze conversation" });
  await expect(picker.getByRole("option")).toHaveCount(5);
  await expect(picker.getByRole("option", { name: "Tomorrow morning" })).toContainText("tomorrow at 09:00");
  await ada.page.screenshot({ path: "screenshots/snooze-light.png" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: "screenshots/snooze-dark.png" });
  await picker.getByRole("option", { name: "Until the visitor replies" }).click();
  await expect(ada.page.locator(".thread-where")).toContainText("Snoozed until a reply");
  await expect(ada.page.getByRole("group", { name: /Snoozed/ })).toBeVisible();
  await vera.send("Hello again?");
  await expect(ada.page.locator(".thread-where")).not.toContainText("Snoozed");
  await expect(vera.panel.getByText("Snoozed")).toHaveCount(0);
});

test("ada snoozes and wakes a conversation with the keyboard on a phone's width", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is it waterproof?");
  await ada.signIn();
  await ada.open("Is it waterproof?");
  await ada.claim();
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ada.page.getByRole("region", { name: "Messages" }).focus();
  await ada.page.keyboard.press("s");
  const picker = ada.page.getByRole("dialog", { name: "Snooze conversation" });
  await expect(picker.getByRole("combobox")).toBeFocused();
  await ada.page.keyboard.type("tom");
  await expect(picker.getByRole("option")).toHaveCount(1);
  await ada.page.screenshot({ path: "screenshots/snooze-phone.png" });
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.locator(".thread-where")).toContainText("Snoozed until tomorrow at 09:00");
  await ada.page.getByRole("region", { name: "Messages" }).focus();
  await ada.page.keyboard.press("s");
  await ada.page.keyboard.type("end");
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.locator(".thread-where")).not.toContainText("Snoozed");
});
