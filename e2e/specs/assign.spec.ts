// Assignment: an agent gives a conversation to a teammate, takes one over, or returns it to the queue.
import { ADA, BEN } from "../support/agent.js";
import { expect, test } from "../support/test.js";

test("ada assigns a waiting conversation to ben with the mouse, and both see it", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Does the bell ring?");
  await ben.signIn();
  await ada.signIn();
  await ada.open("Does the bell ring?");
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Assign…" }).click();
  const picker = ada.page.getByRole("dialog", { name: "Assign conversation" });
  await expect(picker.getByRole("option").first()).toContainText(`${ADA.name} (you)`);
  await expect(picker.getByRole("option", { name: "Return to the queue" })).toHaveCount(0);
  await ada.page.screenshot({ path: "screenshots/assign-light.png" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: "screenshots/assign-dark.png" });
  await picker.getByRole("option", { name: BEN.name }).click();
  await ada.expectStatus("active");
  await expect(ada.page.locator(".thread-where")).toContainText(`Assigned to ${BEN.name}`);
  await expect(ada.page.getByText(`${ADA.name} assigned this to ${BEN.name}`)).toBeVisible();
  await expect(vera.panel.getByText(`${BEN.name} joined the conversation`).first()).toBeVisible();
  await ben.open("Does the bell ring?");
  await expect(ben.page.locator(".thread-where")).toContainText("Assigned to you");
});

test("ada takes over and returns a conversation with the keyboard", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Is the rope included?");
  await ben.signIn();
  await ben.open("Is the rope included?");
  await ben.claim();
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await ada.expectStatus("active");
  await ada.page.keyboard.press("a");
  const picker = ada.page.getByRole("dialog", { name: "Assign conversation" });
  const field = picker.getByRole("combobox");
  await expect(field).toBeFocused();
  await expect(picker.getByRole("option")).toHaveCount(3);
  await ada.page.keyboard.type("you");
  await expect(picker.getByRole("option")).toHaveCount(1);
  await ada.page.keyboard.press("Enter");
  await expect(picker).toBeHidden();
  await expect(ada.page.locator(".thread-where")).toContainText("Assigned to you");
  await expect(ben.page.locator(".thread-where")).toContainText(`Assigned to ${ADA.name}`);

  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("a");
  await expect(field).toBeFocused();
  await ada.page.keyboard.type("nobody has this name");
  await expect(picker.getByText("No matches.")).toBeVisible();
  await field.fill("");
  await ada.page.keyboard.press("ArrowUp");
  await expect(picker.getByRole("option", { name: "Return to the queue" })).toHaveAttribute("aria-selected", "true");
  await ada.page.keyboard.press("Enter");
  await ada.expectStatus("waiting");
  await expect(vera.panel.getByText(`${ADA.name} had to leave. Someone else will reply here.`).first()).toBeVisible();
});

test("on a phone the picker fits the screen and is operated by touch", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Can I ring it here?");
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ada.signIn();
  await ada.open("Can I ring it here?");
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Assign…" }).click();
  const picker = ada.page.getByRole("dialog", { name: "Assign conversation" });
  const box = await picker.boundingBox();
  expect(box!.x).toBeGreaterThanOrEqual(0);
  expect(box!.x + box!.width).toBeLessThanOrEqual(390);
  const option = picker.getByRole("option", { name: `${ADA.name} (you)` });
  // The dialog opens with an animation of its scale.
  await expect.poll(async () => (await option.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await ada.page.screenshot({ path: "screenshots/assign-phone.png" });
  await option.click();
  await ada.expectStatus("active");
});

test("the open picker follows what a teammate does meanwhile", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Who takes this?");
  await ada.signIn();
  await ben.signIn();
  await ada.open("Who takes this?");
  await ada.page.locator(".thread-head").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Assign…" }).click();
  const picker = ada.page.getByRole("dialog", { name: "Assign conversation" });
  await expect(picker.getByRole("option", { name: "Return to the queue" })).toHaveCount(0);
  await ben.open("Who takes this?");
  await ben.claim();
  await expect(picker.getByRole("option", { name: "Return to the queue" })).toBeVisible();
  await expect(picker.locator('.picker-option[data-current="true"]')).toContainText(BEN.name);
});
