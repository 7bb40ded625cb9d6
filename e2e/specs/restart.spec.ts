// Crashes of the server during a conversation: no acknowledged message is lost or duplicated, and no page needs a
// reload.
import type { Agent } from "../support/agent.js";
import { FrameDelay } from "../support/frame-delay.js";
import { type Message, agent, eventually, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";
import type { Visitor } from "../support/visitor.js";

const BEFORE = ["I have three questions.", "First: does the lid hold?", "Second: is the handle hot?"];
const DURING = ["Third: which tea do you drink?", "Are you still there?", "I can wait."];

test("both sides reconnect and send their messages after the server was killed", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Good morning.");
  await ada.signIn();
  await ada.open("Good morning.");
  await ada.claim();
  await ada.send("Good morning, Vera.");

  // Vera writes while the server is killed: some messages arrive, others may not.
  const typing = (async () => {
    for (const text of BEFORE) await vera.write(text);
  })();
  await eventually(() => vera.acknowledged()).toContain(BEFORE[0]);
  await deskbell.kill();
  await typing;
  const acknowledged = await vera.acknowledged();
  for (const text of DURING) await vera.write(text);
  await ada.write("One moment, please.");

  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await expect(ada.page.locator(".banner-stale:visible")).toBeVisible();
  // A screen reader announces the loss once: the countdown is hidden from it.
  const announced = ada.page.getByRole("status").filter({ has: ada.page.locator(".banner-stale") });
  await expect(announced).toMatchAriaSnapshot(`
    - status:
      - text: Reconnecting…
      - button "Retry now"
  `);
  await expect(announced).toContainText(/Reconnecting…\s*\d+ s/);
  await deskbell.start();
  await vera.expectLive();
  await ada.expectLive();

  const own = ["Good morning.", ...BEFORE, ...DURING];
  await eventually(() => vera.acknowledged()).toEqual(own);
  await eventually(() => ada.acknowledged()).toEqual(["Good morning, Vera.", "One moment, please."]);
  const messages = await vera.messages();
  expect(textsBy("visitor", messages)).toEqual(own);
  expect(textsBy("agent", messages)).toEqual(["Good morning, Vera.", "One moment, please."]);
  expect(own).toEqual(expect.arrayContaining(acknowledged));
  await expectAllToSee(messages, vera, ada);

  await ada.send("Here I am again. The lid holds.");
  await vera.send("Wonderful.");
  await expectMessagesAfterReload([...messages, agent("Here I am again. The lid holds."), visitor("Wonderful.")], vera, ada);
});

test("the first message is sent when the server is back", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await ada.signIn();
  await deskbell.kill();
  await vera.write("Is anybody there?");
  await vera.write("It is about my teapot.");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  expect(await vera.acknowledged()).toEqual([]);

  await deskbell.start();
  const messages = [visitor("Is anybody there?"), visitor("It is about my teapot.")];
  await ada.expectLive();
  await ada.open("It is about my teapot.");
  await expectMessagesAfterReload(messages, vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("a message whose acknowledgement was lost is shown once", async ({ deskbell, vera, ada }) => {
  const delay = await FrameDelay.install(vera.page);
  await vera.visitAndOpen();
  await vera.send("Do you hear me?");
  await ada.signIn();
  await ada.open("Do you hear me?");
  await ada.claim();

  delay.start();
  await vera.write("I do not hear you.");
  await vera.write("Not a word.");
  await expect(ada.page.getByText("I do not hear you.").last()).toBeVisible();
  expect(await vera.acknowledged()).toEqual(["Do you hear me?"]);
  await deskbell.kill();
  delay.drop();
  await deskbell.start();
  await vera.expectLive();
  await ada.expectLive();
  await expectMessagesAfterReload(["Do you hear me?", "I do not hear you.", "Not a word."].map(visitor), vera, ada);
});

test("unsent messages are sent from vera's next page", async ({ deskbell, shop, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Good morning.");
  await ada.signIn();
  await deskbell.kill();
  await vera.write("Does the lid hold?");
  await vera.write("And the spout?");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await vera.page.goto(shop.kettlesUrl);
  expect(await vera.unsentCount()).toBe(2);

  await deskbell.start();
  await vera.visit(shop.kettlesUrl);
  const messages = ["Good morning.", "Does the lid hold?", "And the spout?"].map(visitor);
  await ada.expectLive();
  await ada.open("And the spout?");
  await expectAllToSee(messages, ada);
  await eventually(() => vera.unsentCount()).toBe(0);
  await vera.openPanel();
  await expectMessagesAfterReload(messages, vera, ada);
});

test("a first message whose acknowledgement was lost starts no second conversation", async ({ shop, vera, ada }) => {
  const delay = await FrameDelay.install(vera.page);
  await vera.visitAndOpen();
  await ada.signIn();
  delay.start();
  await vera.write("Help!");
  await ada.open("Help!");
  await expect(vera.deliveryState("Help!")).toHaveText("Sending");
  // The server has saved her message, and the acknowledgement is lost.
  delay.drop();
  await vera.visit(shop.kettlesUrl);
  await vera.openPanel();
  await eventually(() => vera.acknowledged()).toEqual(["Help!"]);
  await eventually(() => vera.unsentCount()).toBe(0);
  await expectMessagesAfterReload([visitor("Help!")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("the first message is sent from the next page when the server is back", async ({ deskbell, shop, vera, ada }) => {
  await vera.visitAndOpen();
  await ada.signIn();
  await deskbell.kill();
  await vera.write("Is anybody there?");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await vera.page.goto(shop.kettlesUrl);
  expect(await vera.unsentCount()).toBe(1);

  await deskbell.start();
  await vera.page.goto(shop.url);
  await ada.expectLive();
  await ada.open("Is anybody there?");
  await eventually(() => vera.unsentCount()).toBe(0);
  await vera.openPanel();
  await expectMessagesAfterReload([visitor("Is anybody there?")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("a message that was not sent for a day is deleted, and later pages load one file", async ({ deskbell, shop, vera }) => {
  const unblock = await vera.blockTokenRequests();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Do you open today?");
  await eventually(() => vera.unsentCount()).toBe(1);
  unblock();
  const requested: string[] = [];
  vera.page.on("request", (request) => {
    if (request.url().startsWith(deskbell.origin)) requested.push(request.url().slice(deskbell.origin.length));
  });
  await vera.page.clock.setFixedTime(Date.now() + 25 * 60 * 60 * 1000);
  await vera.visit(shop.kettlesUrl);
  await eventually(() => vera.unsentCount()).toBe(0);
  await vera.page.waitForLoadState("networkidle");
  expect(requested.filter((path) => path.startsWith("/api/"))).toEqual([]);
  requested.length = 0;
  await vera.visit();
  await vera.page.waitForLoadState("networkidle");
  expect(requested).toEqual(["/deskbell.js"]);
});

test("another visitor of the browser does not send vera's unsent messages", async ({ deskbell, shop, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Good morning.");
  await ada.signIn();
  await deskbell.kill();
  await vera.write("My card number is secret.");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  // Another visitor uses the browser before the text is sent: the page has another token.
  await vera.page.goto(shop.kettlesUrl);
  await vera.page.evaluate(() => {
    localStorage.removeItem("deskbell:demo");
    document.cookie = "deskbell_demo=; Path=/; Max-Age=0";
  });
  expect(await vera.unsentCount()).toBe(1);
  await deskbell.start();
  await vera.page.goto(shop.kettlesUrl);
  await vera.openPanel();
  await vera.send("Hello, I am new here.");
  expect(await vera.unsentCount()).toBe(0);
  await ada.expectLive();
  await ada.open("Hello, I am new here.");
  await expectAllToSee([visitor("Hello, I am new here.")], vera, ada);
  await expect(ada.row("Good morning.")).toHaveCount(1);
});

test("a conversation survives three crashes of the server", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Let us count.");
  await ada.signIn();
  await ada.open("Let us count.");
  await ada.claim();
  const own = ["Let us count."];
  for (const crash of [1, 2, 3]) {
    const texts = [1, 2, 3, 4].map((n) => `Crash ${crash}, message ${n}.`);
    own.push(...texts);
    await vera.write(texts[0]!);
    await vera.write(texts[1]!);
    const killed = deskbell.kill();
    await vera.write(texts[2]!);
    await killed;
    await vera.write(texts[3]!);
    await deskbell.start();
    await vera.expectLive();
    await ada.expectLive();
    await eventually(() => vera.acknowledged()).toEqual(own);
  }
  await expectMessagesAfterReload(own.map(visitor), vera, ada);
});

/** Expects these messages on both sides, also after a reload. */
async function expectMessagesAfterReload(messages: Message[], vera: Visitor, ada: Agent): Promise<void> {
  await expectAllToSee(messages, vera, ada);
  await vera.visitAndOpen();
  await ada.page.reload();
  await expectAllToSee(messages, vera, ada);
}

function textsBy(by: Message["by"], messages: Message[]): string[] {
  return messages.filter((message) => message.by === by).map((message) => message.text);
}
