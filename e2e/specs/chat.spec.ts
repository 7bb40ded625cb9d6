// Conversations of a visitor and an agent, from the first message to the next conversation.
import { agent, eventually, expectAllToSee, visitor } from "../support/transcript.js";
import { createConversations } from "../support/conversations.js";
import { expect, test } from "../support/test.js";

test("vera asks, ada replies, and each message is shown once on both sides", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Does the teapot drip?");
  await expect(vera.panel.getByText("Got it. We're away right now and will reply here when we're back.")).toBeVisible();

  await ada.signIn();
  await expect(vera.panel.getByText("Got it. We'll reply here as soon as we can.")).toBeVisible();
  await ada.open("Does the teapot drip?");
  await ada.expectStatus("waiting");
  await ada.claim();
  await expect(vera.panel.getByRole("heading", { name: ada.person.name })).toBeVisible();
  await expect(vera.panel.getByText("Online", { exact: true })).toBeVisible();
  await ada.send("Not since we changed the spout.");
  await vera.send("Then I take two.");
  await ada.send("Thank you, Vera!");

  const messages = [
    visitor("Does the teapot drip?"),
    agent("Not since we changed the spout."),
    visitor("Then I take two."),
    agent("Thank you, Vera!"),
  ];
  await expectAllToSee(messages, vera, ada);
});

test("a message that vera writes before she has a token is queued, and sent with the token", async ({ vera, ada, shop }) => {
  let unblock = () => {};
  const unblocked = new Promise<void>((resolve) => (unblock = resolve));
  await vera.page.route("**/api/v1/visitors", async (route) => {
    await unblocked;
    await route.continue();
  });
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await expect(vera.composer).toHaveValue("");
  await expect(vera.deliveryState("Are you there?")).toHaveText("Not sent yet");
  await eventually(() => vera.unsentCount()).toBe(1);
  unblock();
  await expect(vera.deliveryState("Are you there?")).toHaveText("Sent");
  await eventually(() => vera.unsentCount()).toBe(0);
  await ada.signIn();
  await ada.open("Are you there?");
  await expectAllToSee([visitor("Are you there?")], vera, ada);
  await ada.claim();
  await vera.visit(shop.kettlesUrl);
  await ada.write("I am.");
  await expect(vera.page.locator("deskbell-widget .preview")).toContainText("I am.");
});

test("a message that vera writes before she has a token is sent from her next page", async ({ vera, ada, shop }) => {
  const unblock = await vera.blockTokenRequests();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await eventually(() => vera.unsentCount()).toBe(1);
  unblock();
  await vera.visit(shop.kettlesUrl);
  await ada.signIn();
  await ada.open("Are you there?");
  await eventually(() => vera.unsentCount()).toBe(0);
  await vera.openPanel();
  await expectAllToSee([visitor("Are you there?")], vera, ada);
});

test("a message that vera writes before she has a token is sent as hers after she signs in", async ({ vera, ada }) => {
  const unblock = await vera.blockTokenRequests();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await eventually(() => vera.unsentCount()).toBe(1);
  unblock();
  await vera.identify({ external_id: "vera" });
  await vera.expectLive();
  await eventually(() => vera.acknowledged()).toEqual(["Are you there?"]);
  await eventually(() => vera.unsentCount()).toBe(0);
  await ada.signIn();
  await ada.open("Are you there?");
  await expect(ada.rows).toHaveCount(1);
  await expectAllToSee([visitor("Are you there?")], vera, ada);
});

test("a message that bob writes before he has a token is not sent by ann, who used the browser before him", async ({ vera, ada, shop }) => {
  const snippet = shop.snippet;
  await vera.visit();
  await vera.identify({ external_id: "ann" });
  await vera.openPanel();
  await vera.send("I am Ann.");
  const unblock = await vera.blockTokenRequests();
  await vera.identify({ external_id: "bob" });
  await vera.write("I am Bob.");
  await eventually(() => vera.unsentCount()).toBe(1);
  unblock();

  shop.snippet = snippet.replace("async", 'data-external-id="ann" async');
  await vera.visit(shop.kettlesUrl);
  await vera.openPanel();
  await vera.send("It is Ann again.");
  await expectAllToSee(["I am Ann.", "It is Ann again."].map(visitor), vera);
  expect(await vera.unsentCount(), "it is kept until Bob returns").toBe(1);

  shop.snippet = snippet.replace("async", 'data-external-id="bob" async');
  await vera.visit();
  await eventually(() => vera.unsentCount()).toBe(0);
  await vera.openPanel();
  await expectAllToSee([visitor("I am Bob.")], vera);
  await ada.signIn();
  await ada.open("I am Bob.");
  await expect(ada.rows).toHaveCount(2);
  await expectAllToSee([visitor("I am Bob.")], ada);
});

test("of two tabs that start together, each sends its own message", async ({ vera, ada }) => {
  let unblock = () => {};
  const unblocked = new Promise<void>((resolve) => (unblock = resolve));
  const other = await vera.secondTab();
  await other.page.route("**/api/v1/visitors", async (route) => {
    await unblocked;
    await route.continue();
  });
  await other.visit();
  await other.launcher.click();
  await other.write("From the second tab.");
  await eventually(() => other.unsentCount()).toBe(1);
  await vera.visitAndOpen();
  await vera.send("From the first tab.");
  await expectAllToSee([visitor("From the first tab.")], vera);
  unblock();
  await eventually(() => other.acknowledged()).toEqual(["From the second tab."]);
  await eventually(() => other.unsentCount()).toBe(0);
  await ada.signIn();
  await ada.open("From the second tab.");
  await expect(ada.rows).toHaveCount(2);
  await expectAllToSee([visitor("From the second tab.")], other, ada);
});

test("an agent's own conversations come first, then the waiting ones", async ({ vera, victor, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Is it dishwasher safe?");
  await ada.signIn();
  await ada.open("Is it dishwasher safe?");
  await ada.claim();
  await vera.send("I mean the green one.");

  await victor.visitAndOpen();
  await victor.send("When do you open?");
  await expect(ada.rows.first()).toContainText("I mean the green one.");
  await expect(ada.rows.nth(1)).toContainText("When do you open?");
  await expect(ada.rows).toHaveCount(2);

  await ben.signIn();
  await expect(ben.rows.first()).toContainText("When do you open?");
  await expect(ben.rows.nth(1)).toContainText("I mean the green one.");
});

test("a reload keeps the messages and vera's identity", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("My order is 1887.");
  await ada.signIn();
  await ada.open("My order is 1887.");
  await ada.claim();
  await ada.send("I have it before me.");
  const messages = [visitor("My order is 1887."), agent("I have it before me.")];
  await expectAllToSee(messages, vera, ada);
  const identity = await vera.visitorId();

  await vera.visitAndOpen();
  await ada.page.reload();
  await ada.expectLive();
  expect(await vera.visitorId()).toBe(identity);
  await expectAllToSee(messages, vera, ada);

  await vera.send("It is still me.");
  await expectAllToSee([...messages, visitor("It is still me.")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("two tabs of vera share one conversation, whichever starts it", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  const second = await vera.secondTab();
  await second.visitAndOpen();
  await vera.send("Do you sell teapots?");
  await expectAllToSee([visitor("Do you sell teapots?")], vera, second);
  await second.send("Blue ones?");
  const messages = [visitor("Do you sell teapots?"), visitor("Blue ones?")];
  await expectAllToSee(messages, vera, second);
  await ada.signIn();
  await ada.open("Blue ones?");
  await expectAllToSee(messages, ada);
});

test("a resolved conversation reopens when vera writes", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Can I send it back?");
  await ada.signIn();
  await ada.open("Can I send it back?");
  await ada.claim();
  await ada.send("Within thirty days.");
  await ada.press("Resolve");
  await ada.expectStatus("resolved");
  await expect(vera.panel.locator("#thread").getByText("Ada Bellamy marked this as resolved.")).toBeVisible();

  await vera.send("And who pays the parcel?");
  await ada.expectStatus("active");
  await ada.send("We do.");
  const messages = [
    visitor("Can I send it back?"),
    agent("Within thirty days."),
    visitor("And who pays the parcel?"),
    agent("We do."),
  ];
  await expectAllToSee(messages, vera, ada);
});

test("vera starts a new conversation after hers was closed", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Thank you, that was all.");
  await ada.signIn();
  await ada.open("Thank you, that was all.");
  await ada.claim();
  await ada.press("Close");
  await ada.page.getByRole("button", { name: "Close conversation", exact: true }).click();
  await ada.expectStatus("closed");
  await expect(ada.composer).toBeHidden();

  await expect(vera.panel.getByText("This conversation is closed.")).toBeVisible();
  await expect(vera.composer).toBeHidden();
  // It stays readable on the next page.
  await vera.visitAndOpen();
  await expectAllToSee([visitor("Thank you, that was all.")], vera);
  await expect(vera.panel.getByText("This conversation is closed.")).toBeVisible();
  await vera.panel.getByRole("button", { name: "Start a new conversation" }).click();
  await vera.send("One more thing: do you ship to Graz?");
  await expectAllToSee([visitor("One more thing: do you ship to Graz?")], vera);
  await expect(ada.rows).toHaveCount(1);
  await ada.open("One more thing: do you ship to Graz?");
  await ada.expectStatus("waiting");
  await expectAllToSee([visitor("One more thing: do you ship to Graz?")], ada);
});

test("the newest message stays in view when ada's window gets smaller", async ({ deskbell, ada, page }) => {
  const messages = Array.from({ length: 12 }, (_, n) => visitor(`Question ${n + 1}: may I ask another one?`));
  await createConversations(page, deskbell.origin, ada.person, [{ messages }]);
  await ada.signIn();
  await ada.open("Question 12");
  const newest = ada.page.locator(".message").last();
  await expect(newest).toBeInViewport();
  await ada.page.setViewportSize({ width: 390, height: 420 });
  await expect(newest).toBeInViewport({ ratio: 1 });
});
