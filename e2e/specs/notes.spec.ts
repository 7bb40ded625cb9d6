// Notes: what agents write to each other beside a conversation, and mentions in them.
import { AxeBuilder } from "@axe-core/playwright";

import { ADA, BEN } from "../support/agent.js";
import { expect, test } from "../support/test.js";

test("ada writes a note with the mouse, ben reads it, and vera does not", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("My bell is broken.");
  await ada.signIn();
  await ben.signIn();
  await ada.open("My bell is broken.");
  await ben.open("My bell is broken.");
  await ada.page.getByRole("button", { name: "Note", exact: true }).click();
  const field = ada.page.getByRole("textbox", { name: "Note" });
  await expect(field).toBeFocused();
  await field.pressSequentially("She is a regular. @be");
  const option = ada.page.getByRole("option", { name: BEN.name });
  await expect(option).toBeVisible();
  await ada.page.screenshot({ path: "screenshots/note-mention-light.png" });
  await option.click();
  await expect(field).toHaveValue(`She is a regular. @${BEN.name} `);
  await field.pressSequentially("knows her.");
  await ada.page.getByRole("button", { name: "Add note" }).click();
  await expect(field).toHaveValue("");
  for (const agent of [ada, ben]) {
    const note = agent.page.locator(".note");
    await expect(note).toContainText(`She is a regular. @${BEN.name} knows her.`);
    await expect(note.locator(".note-mention")).toHaveText(`@${BEN.name}`);
  }
  await expect(ben.page.locator(".note")).toContainText(ADA.name);
  await ada.page.getByRole("button", { name: "Reply", exact: true }).click();
  await ada.send("A new one is on its way.");
  await expect(vera.panel.getByText("A new one is on its way.").first()).toBeVisible();
  await expect(vera.panel.getByText("regular")).toHaveCount(0);
  await ada.page.screenshot({ path: "screenshots/note-light.png" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: "screenshots/note-dark.png" });
  const found = await new AxeBuilder({ page: ada.page }).include(".thread").analyze();
  expect(found.violations).toEqual([]);
});

test("ada writes notes with the keyboard alone", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Is it in stock?");
  await ben.signIn();
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await ada.expectStatus("waiting");
  await ada.page.keyboard.press("n");
  const field = ada.page.getByRole("textbox", { name: "Note" });
  await expect(field).toBeFocused();
  await ada.page.keyboard.type("Ask @");
  const options = ada.page.getByRole("listbox", { name: "Mention" }).getByRole("option");
  await expect(options).toHaveCount(2);
  await ada.page.keyboard.type("ben");
  await expect(options).toHaveCount(1);
  await ada.page.keyboard.press("Enter");
  await expect(options).toHaveCount(0);
  await ada.page.keyboard.type("first.");
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.locator(".note")).toContainText(`Ask @${BEN.name} first.`);
  await expect(field).toHaveValue("");
  await expect(field).toBeFocused();
  await ada.expectStatus("waiting");

  // A draft stays with its conversation, and a reply is written again after Escape and R.
  await ada.page.keyboard.type("Not finished");
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("r");
  await expect(ada.composer).toBeFocused();
  await expect(ada.composer).toHaveValue("");
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("n");
  await expect(field).toHaveValue("Not finished");
});

test("on a phone a note and its mentions fit the screen", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Which size?");
  await ben.signIn();
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ada.signIn();
  await ada.open("Which size?");
  const kind = ada.page.getByRole("button", { name: "Note", exact: true });
  expect((await kind.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await kind.click();
  const field = ada.page.getByRole("textbox", { name: "Note" });
  await field.pressSequentially("@");
  const list = ada.page.getByRole("listbox", { name: "Mention" });
  await expect(list.getByRole("option")).toHaveCount(2);
  const box = (await list.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(390);
  await ada.page.screenshot({ path: "screenshots/note-phone.png" });
  await list.getByRole("option", { name: BEN.name }).click();
  await field.pressSequentially("measured it.");
  await ada.page.getByRole("button", { name: "Add note" }).click();
  await expect(ada.page.locator(".note")).toContainText("measured it.");
  const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
  await ada.page.screenshot({ path: "screenshots/note-phone-added.png" });
});

test("a note that cannot be saved stays in the field", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Are you there?");
  await ada.signIn();
  await ada.open("Are you there?");
  await ada.page.getByRole("button", { name: "Note", exact: true }).click();
  const field = ada.page.getByRole("textbox", { name: "Note" });
  await field.fill("Call her back.");
  await ada.page.context().setOffline(true);
  await expect(ada.page.getByText("You're offline. Add the note")).toBeVisible();
  await expect(ada.page.getByRole("button", { name: "Add note" })).toBeDisabled();
  await ada.page.context().setOffline(false);
  await ada.page.getByRole("button", { name: "Add note" }).click();
  await expect(ada.page.locator(".note")).toHaveText(/Call her back\./);
  await expect(field).toHaveValue("");
});
