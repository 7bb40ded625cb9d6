// Conversations of a visitor and an agent, from the first message to the next conversation.
import { agent, eventually, expectAllToSee, visitor } from "../support/line.js";
import { haveTalks } from "../support/talk.js";
import { expect, test } from "../support/test.js";

test("vera asks, ada replies, and each message is shown once on both sides", async ({ vera, ada }) => {
  await vera.ring();
  await vera.say("Does the teapot drip?");
  await expect(vera.panel.getByText("Got it. We're away right now and will reply here when we're back.")).toBeVisible();

  await ada.signIn();
  await expect(vera.panel.getByText("Got it. We'll reply here as soon as we can.")).toBeVisible();
  await ada.open("Does the teapot drip?");
  await ada.expectStatus("waiting");
  await ada.claim();
  await expect(vera.panel.getByRole("heading", { name: ada.person.name })).toBeVisible();
  await expect(vera.panel.getByText("Online", { exact: true })).toBeVisible();
  await ada.say("Not since we changed the spout.");
  await vera.say("Then I take two.");
  await ada.say("Thank you, Vera!");

  const talk = [
    visitor("Does the teapot drip?"),
    agent("Not since we changed the spout."),
    visitor("Then I take two."),
    agent("Thank you, Vera!"),
  ];
  await expectAllToSee(talk, vera, ada);
});

test("a message that vera writes before the server's first answer is queued, and sent with that answer", async ({ vera, ada, shop }) => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await vera.page.route("**/api/v1/visitors", async (route) => {
    await answered;
    await route.continue();
  });
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await expect(vera.composer).toHaveValue("");
  await expect(vera.read("Are you there?")).toHaveText("Not sent yet");
  await eventually(() => vera.unsent()).toBe(1);
  answer();
  await expect(vera.read("Are you there?")).toHaveText("Sent");
  await eventually(() => vera.unsent()).toBe(0);
  await ada.signIn();
  await ada.open("Are you there?");
  await expectAllToSee([visitor("Are you there?")], vera, ada);
  await ada.claim();
  await vera.visit(shop.kettlesUrl);
  await ada.write("I am.");
  await expect(vera.page.locator("deskbell-widget .preview")).toContainText("I am.");
});

test("a message that vera writes before the server's first answer is sent from her next page", async ({ vera, ada, shop }) => {
  const answer = await vera.holdToken();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await eventually(() => vera.unsent()).toBe(1);
  answer();
  await vera.visit(shop.kettlesUrl);
  await ada.signIn();
  await ada.open("Are you there?");
  await eventually(() => vera.unsent()).toBe(0);
  await vera.openChat();
  await expectAllToSee([visitor("Are you there?")], vera, ada);
});

test("a message that vera writes before the server's first answer goes with her when she signs in", async ({ vera, ada }) => {
  const answer = await vera.holdToken();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Are you there?");
  await eventually(() => vera.unsent()).toBe(1);
  answer();
  await vera.identify({ external_id: "vera" });
  await vera.expectLive();
  await eventually(() => vera.acknowledged()).toEqual(["Are you there?"]);
  await eventually(() => vera.unsent()).toBe(0);
  await ada.signIn();
  await ada.open("Are you there?");
  await expect(ada.rows).toHaveCount(1);
  await expectAllToSee([visitor("Are you there?")], vera, ada);
});

test("a message that bob writes before his first answer is not sent by ann, who used the browser before him", async ({ vera, ada, shop }) => {
  const snippet = shop.snippet;
  await vera.visit();
  await vera.identify({ external_id: "ann" });
  await vera.openChat();
  await vera.say("I am Ann.");
  const answer = await vera.holdToken();
  await vera.identify({ external_id: "bob" });
  await vera.write("I am Bob.");
  await eventually(() => vera.unsent()).toBe(1);
  answer();

  shop.snippet = snippet.replace("async", 'data-external-id="ann" async');
  await vera.visit(shop.kettlesUrl);
  await vera.openChat();
  await vera.say("It is Ann again.");
  await expectAllToSee(["I am Ann.", "It is Ann again."].map(visitor), vera);
  expect(await vera.unsent(), "it waits for Bob").toBe(1);

  shop.snippet = snippet.replace("async", 'data-external-id="bob" async');
  await vera.visit();
  await eventually(() => vera.unsent()).toBe(0);
  await vera.openChat();
  await expectAllToSee([visitor("I am Bob.")], vera);
  await ada.signIn();
  await ada.open("I am Bob.");
  await expect(ada.rows).toHaveCount(2);
  await expectAllToSee([visitor("I am Bob.")], ada);
});

test("of two tabs that start together, each sends its own message", async ({ vera, ada }) => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const other = await vera.secondTab();
  await other.page.route("**/api/v1/visitors", async (route) => {
    await answered;
    await route.continue();
  });
  await other.visit();
  await other.launcher.click();
  await other.write("From the second tab.");
  await eventually(() => other.unsent()).toBe(1);
  await vera.ring();
  await vera.say("From the first tab.");
  await expectAllToSee([visitor("From the first tab.")], vera);
  answer();
  await eventually(() => other.acknowledged()).toEqual(["From the second tab."]);
  await eventually(() => other.unsent()).toBe(0);
  await ada.signIn();
  await ada.open("From the second tab.");
  await expect(ada.rows).toHaveCount(2);
  await expectAllToSee([visitor("From the second tab.")], other, ada);
});

test("an agent's own conversations come first, then the waiting ones", async ({ vera, victor, ada, ben }) => {
  await vera.ring();
  await vera.say("Is it dishwasher safe?");
  await ada.signIn();
  await ada.open("Is it dishwasher safe?");
  await ada.claim();
  await vera.say("I mean the green one.");

  await victor.ring();
  await victor.say("When do you open?");
  await expect(ada.rows.first()).toContainText("I mean the green one.");
  await expect(ada.rows.nth(1)).toContainText("When do you open?");
  await expect(ada.rows).toHaveCount(2);

  await ben.signIn();
  await expect(ben.rows.first()).toContainText("When do you open?");
  await expect(ben.rows.nth(1)).toContainText("I mean the green one.");
});

test("a reload keeps the messages and vera's identity", async ({ vera, ada }) => {
  await vera.ring();
  await vera.say("My order is 1887.");
  await ada.signIn();
  await ada.open("My order is 1887.");
  await ada.claim();
  await ada.say("I have it before me.");
  const talk = [visitor("My order is 1887."), agent("I have it before me.")];
  await expectAllToSee(talk, vera, ada);
  const identity = await vera.identity();

  await vera.ring();
  await ada.page.reload();
  await ada.expectLive();
  expect(await vera.identity()).toBe(identity);
  await expectAllToSee(talk, vera, ada);

  await vera.say("It is still me.");
  await expectAllToSee([...talk, visitor("It is still me.")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("two tabs of vera share one conversation, whichever starts it", async ({ vera, ada }) => {
  await vera.ring();
  const second = await vera.secondTab();
  await second.ring();
  await vera.say("Do you sell teapots?");
  await expectAllToSee([visitor("Do you sell teapots?")], vera, second);
  await second.say("Blue ones?");
  const lines = [visitor("Do you sell teapots?"), visitor("Blue ones?")];
  await expectAllToSee(lines, vera, second);
  await ada.signIn();
  await ada.open("Blue ones?");
  await expectAllToSee(lines, ada);
});

test("a resolved conversation reopens when vera writes", async ({ vera, ada }) => {
  await vera.ring();
  await vera.say("Can I send it back?");
  await ada.signIn();
  await ada.open("Can I send it back?");
  await ada.claim();
  await ada.say("Within thirty days.");
  await ada.press("Resolve");
  await ada.expectStatus("resolved");
  await expect(vera.panel.locator("#thread").getByText("Ada Bellamy marked this as resolved.")).toBeVisible();

  await vera.say("And who pays the parcel?");
  await ada.expectStatus("active");
  await ada.say("We do.");
  const talk = [
    visitor("Can I send it back?"),
    agent("Within thirty days."),
    visitor("And who pays the parcel?"),
    agent("We do."),
  ];
  await expectAllToSee(talk, vera, ada);
});

test("vera starts a new conversation after hers was closed", async ({ vera, ada }) => {
  await vera.ring();
  await vera.say("Thank you, that was all.");
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
  await vera.ring();
  await expectAllToSee([visitor("Thank you, that was all.")], vera);
  await expect(vera.panel.getByText("This conversation is closed.")).toBeVisible();
  await vera.panel.getByRole("button", { name: "Start a new conversation" }).click();
  await vera.say("One more thing: do you ship to Graz?");
  await expectAllToSee([visitor("One more thing: do you ship to Graz?")], vera);
  await expect(ada.rows).toHaveCount(1);
  await ada.open("One more thing: do you ship to Graz?");
  await ada.expectStatus("waiting");
  await expectAllToSee([visitor("One more thing: do you ship to Graz?")], ada);
});

test("the newest message stays in sight when ada's window gets smaller", async ({ deskbell, ada, page }) => {
  const lines = Array.from({ length: 12 }, (_, n) => visitor(`Question ${n + 1}: may I ask another one?`));
  await haveTalks(page, deskbell.origin, ada.person, [{ lines }]);
  await ada.signIn();
  await ada.open("Question 12");
  const newest = ada.page.locator(".message").last();
  await expect(newest).toBeInViewport();
  await ada.page.setViewportSize({ width: 390, height: 420 });
  await expect(newest).toBeInViewport({ ratio: 1 });
});
