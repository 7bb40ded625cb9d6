// Attributes of conversations that only agents see: number, priority and subject.
import { expect, test } from "../support/test.js";

test("ada sets a priority with the mouse, and the queue is in its order", async ({ vera, victor, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("I was first.");
  await victor.visitAndOpen();
  await victor.send("It burns!");
  await ada.signIn();
  await ben.signIn();
  await expect(ada.rows).toHaveCount(2);
  await expect(ada.rows.first()).toContainText("I was first.");
  await ada.open("It burns!");
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Priority…" }).click();
  const picker = ada.page.getByRole("dialog", { name: "Set priority" });
  await expect(picker.locator('.picker-option[data-current="true"]')).toHaveText("Normal");
  await picker.getByRole("option", { name: "Urgent" }).click();
  await expect(ada.row("It burns!").locator(".priority-flag")).toHaveAttribute("title", "Urgent priority");
  await expect(ben.rows.first()).toContainText("It burns!");
  await expect(ben.rows.first()).toHaveAccessibleName(/Urgent priority/);
  await ada.page.screenshot({ path: "screenshots/priority-light.png" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: "screenshots/priority-dark.png" });
});

test("ada sets a priority and a subject with the keyboard, and vera learns nothing of it", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Where is parcel 4711?");
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await expect(ada.rows.first()).toBeFocused();
  await expect(ada.page.locator(".thread-where")).toContainText(/^#\d+ · via/);
  await ada.page.keyboard.press("p");
  await expect(ada.page.getByRole("dialog", { name: "Set priority" }).getByRole("combobox")).toBeFocused();
  await ada.page.keyboard.type("lo");
  await ada.page.keyboard.press("Enter");
  await expect(ada.rows.first().locator(".priority-flag")).toHaveAttribute("data-priority", "low");

  await ada.page.getByRole("button", { name: "Add a subject" }).focus();
  await ada.page.keyboard.press("Enter");
  const dialog = ada.page.getByRole("dialog", { name: "Subject of the conversation" });
  await expect(dialog.getByRole("textbox", { name: "Subject" })).toBeFocused();
  await ada.page.keyboard.type("Lost in the post");
  await ada.page.screenshot({ path: "screenshots/subject-light.png" });
  await ada.page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(ada.page.getByRole("button", { name: "Lost in the post" })).toBeVisible();
  await expect(vera.panel.getByText("Lost in the post")).toHaveCount(0);
});

test("on a phone the details show the attributes and change them", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Can I ring it here?");
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ada.signIn();
  await ada.open("Can I ring it here?");
  await ada.page.getByRole("button", { name: "Details" }).click();
  const details = ada.page.getByRole("complementary", { name: "About the visitor" });
  await expect(details.getByText(/^#\d+$/)).toBeVisible();
  await details.getByRole("button", { name: "Add a subject" }).click();
  await ada.page.getByRole("textbox", { name: "Subject" }).fill("A bell");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(details.getByRole("button", { name: "A bell" })).toBeVisible();
  await ada.page.screenshot({ path: "screenshots/details-phone.png" });
});
