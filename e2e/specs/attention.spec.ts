// Typing indicators, read receipts and presence.
import { createConversations } from "../support/conversations.js";
import { visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

test("vera and ada see each other's typing and receipts", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await expect(vera.panel.getByText("We're away. Leave a message.")).toBeVisible();
  await vera.send("Is the green teapot in stock?");
  await expect(vera.deliveryState("Is the green teapot in stock?")).toHaveText("Sent");

  await ada.signIn();
  await ada.open("Is the green teapot in stock?");
  await expect(vera.deliveryState("Is the green teapot in stock?")).toHaveText("Seen");
  await ada.claim();

  await ada.composer.pressSequentially("Let me loo");
  await expect(vera.panel.getByText(`${ada.person.name} is typing…`)).toBeVisible();
  await ada.send("Let me look.");
  await expect(vera.panel.getByText("is typing…")).toBeHidden();
  await expect(ada.deliveryState("Let me look.")).toHaveText("Seen");

  await vera.composer.pressSequentially("Thank y");
  await expect(ada.page.locator(".activity-visitor")).toHaveText(/ is typing…$/);
  await vera.composer.fill("");
  await expect(ada.page.locator(".activity-visitor")).toBeEmpty();
});

test("messages in a closed panel are delivered, and seen when it is opened", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("I will be back.");
  await ada.signIn();
  await ada.open("I will be back.");
  await ada.claim();
  await vera.panel.getByRole("button", { name: "Close chat" }).click();
  await ada.send("See you.");
  await expect(ada.deliveryState("See you.")).toHaveText("Delivered");
  await vera.launcher.click();
  await expect(ada.deliveryState("See you.")).toHaveText("Seen");
});

test("ada and ben see that both have the conversation open, and who is replying", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Who answers this?");
  await ada.signIn();
  await ada.open("Who answers this?");
  await ada.claim();
  await ben.signIn();
  const teammates = ada.page.locator(".activity-teammates");
  await ben.open("Who answers this?");
  await expect(teammates).toHaveText("Ben is viewing");
  await ben.composer.pressSequentially("I do");
  await expect(teammates).toHaveText("Ben is replying");
  await ben.page.close();
  await expect(teammates).toBeEmpty({ timeout: 20_000 });
});

test("unread messages are counted in every window until they are seen", async ({ vera, ada, deskbell, page }) => {
  await createConversations(page, deskbell.origin, ada.person, [{ messages: [visitor("The first one.")] }]);
  await vera.visitAndOpen();
  await vera.send("One.");
  await vera.send("Two.");
  await ada.signIn();
  const row = ada.row("Two.");
  await expect(row.locator(".row-unread")).toHaveText("2");
  await vera.composer.pressSequentially("Thr");
  await expect(ada.rows.getByText("typing…")).toBeVisible();
  await vera.send("Three.");
  await expect(ada.row("Three.").locator(".row-unread")).toHaveText("3");
  await ada.open("Three.");
  await expect(ada.row("Three.").locator(".row-unread")).toBeHidden();
  await ada.page.reload();
  await ada.expectLive();
  await expect(ada.row("Three.").locator(".row-unread")).toBeHidden();
  await expect(ada.row("The first one.").locator(".row-unread")).toHaveText("1");
});

test("vera and ben see that ada is away", async ({ vera, ada, ben }) => {
  await ada.signIn();
  await vera.visitAndOpen();
  await expect(vera.panel.getByText("Online", { exact: true })).toBeVisible();
  await ada.setAvailability("Away");
  await expect(vera.panel.getByText("We're away. Leave a message.")).toBeVisible();
  await ben.signIn();
  await expect(vera.panel.getByText("Online", { exact: true })).toBeVisible();
  await ben.account.click();
  await expect(ben.page.getByRole("menuitem").filter({ hasText: "Ada Bellamy" })).toContainText("Away");
  await ben.page.keyboard.press("Escape");
  await ada.page.reload();
  await ada.expectLive();
  await expect(ada.account).toHaveAttribute("data-availability", "away");
  await ada.setAvailability("Online");
  await expect(ada.account).toHaveAttribute("data-availability", "online");
});
