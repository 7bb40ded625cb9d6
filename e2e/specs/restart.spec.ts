// Crashes of the server during a conversation: no acknowledged message is lost or duplicated, and no page needs a
// reload.
import type { Agent } from "../support/agent.js";
import { Deaf } from "../support/deaf.js";
import { type Line, agent, eventually, expectAllToSee, visitor } from "../support/line.js";
import { expect, test } from "../support/test.js";
import type { Visitor } from "../support/visitor.js";

const BEFORE = ["I have three questions.", "First: does the lid hold?", "Second: is the handle hot?"];
const DURING = ["Third: which tea do you drink?", "Are you still there?", "I can wait."];

test("both sides continue by themselves after the server is killed", async ({ deskbell, vera, ada }) => {
  await vera.ring();
  await vera.say("Good morning.");
  await ada.signIn();
  await ada.open("Good morning.");
  await ada.claim();
  await ada.say("Good morning, Vera.");

  // Vera writes while the server is killed: some messages arrive, others may not.
  const typing = (async () => {
    for (const words of BEFORE) await vera.write(words);
  })();
  await eventually(() => vera.acknowledged()).toContain(BEFORE[0]);
  await deskbell.kill9();
  await typing;
  const acknowledged = await vera.acknowledged();
  for (const words of DURING) await vera.write(words);
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
  const talk = await vera.lines();
  expect(textsBy("visitor", talk)).toEqual(own);
  expect(textsBy("agent", talk)).toEqual(["Good morning, Vera.", "One moment, please."]);
  expect(own).toEqual(expect.arrayContaining(acknowledged));
  await expectAllToSee(talk, vera, ada);

  await ada.say("Here I am again. The lid holds.");
  await vera.say("Wonderful.");
  await expectKept([...talk, agent("Here I am again. The lid holds."), visitor("Wonderful.")], vera, ada);
});

test("the first message waits for the server", async ({ deskbell, vera, ada }) => {
  await vera.ring();
  await ada.signIn();
  await deskbell.kill9();
  await vera.write("Is anybody there?");
  await vera.write("It is about my teapot.");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  expect(await vera.acknowledged()).toEqual([]);

  await deskbell.start();
  const talk = [visitor("Is anybody there?"), visitor("It is about my teapot.")];
  await ada.expectLive();
  await ada.open("It is about my teapot.");
  await expectKept(talk, vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("a message whose acknowledgement was lost is shown once", async ({ deskbell, vera, ada }) => {
  const ear = await Deaf.make(vera.page);
  await vera.ring();
  await vera.say("Do you hear me?");
  await ada.signIn();
  await ada.open("Do you hear me?");
  await ada.claim();

  ear.hold();
  await vera.write("I do not hear you.");
  await vera.write("Not a word.");
  await expect(ada.page.getByText("I do not hear you.").last()).toBeVisible();
  expect(await vera.acknowledged()).toEqual(["Do you hear me?"]);
  await deskbell.kill9();
  ear.forget();
  await deskbell.start();
  await vera.expectLive();
  await ada.expectLive();
  await expectKept(["Do you hear me?", "I do not hear you.", "Not a word."].map(visitor), vera, ada);
});

test("unsent messages are sent from vera's next page", async ({ deskbell, shop, vera, ada }) => {
  await vera.ring();
  await vera.say("Good morning.");
  await ada.signIn();
  await deskbell.kill9();
  await vera.write("Does the lid hold?");
  await vera.write("And the spout?");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await vera.page.goto(shop.kettlesUrl);
  expect(await vera.unsent()).toBe(2);

  await deskbell.start();
  await vera.visit(shop.kettlesUrl);
  const talk = ["Good morning.", "Does the lid hold?", "And the spout?"].map(visitor);
  await ada.expectLive();
  await ada.open("And the spout?");
  await expectAllToSee(talk, ada);
  await eventually(() => vera.unsent()).toBe(0);
  await vera.openChat();
  await expectKept(talk, vera, ada);
});

test("a first message whose acknowledgement was lost starts no second conversation", async ({ shop, vera, ada }) => {
  const ear = await Deaf.make(vera.page);
  await vera.ring();
  await ada.signIn();
  ear.hold();
  await vera.write("Help!");
  await ada.open("Help!");
  await expect(vera.read("Help!")).toHaveText("Sending");
  // The server has saved her message, and the acknowledgement is lost.
  ear.forget();
  await vera.visit(shop.kettlesUrl);
  await vera.openChat();
  await eventually(() => vera.acknowledged()).toEqual(["Help!"]);
  await eventually(() => vera.unsent()).toBe(0);
  await expectKept([visitor("Help!")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("the first message waits for the server across pages", async ({ deskbell, shop, vera, ada }) => {
  await vera.ring();
  await ada.signIn();
  await deskbell.kill9();
  await vera.write("Is anybody there?");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await vera.page.goto(shop.kettlesUrl);
  expect(await vera.unsent()).toBe(1);

  await deskbell.start();
  await vera.page.goto(shop.url);
  await ada.expectLive();
  await ada.open("Is anybody there?");
  await eventually(() => vera.unsent()).toBe(0);
  await vera.openChat();
  await expectKept([visitor("Is anybody there?")], vera, ada);
  await expect(ada.rows).toHaveCount(1);
});

test("a message that was not sent for a day is deleted, and later pages load one file", async ({ deskbell, shop, vera }) => {
  const answer = await vera.holdToken();
  await vera.visit();
  await vera.launcher.click();
  await vera.write("Do you open today?");
  await eventually(() => vera.unsent()).toBe(1);
  answer();
  const asked: string[] = [];
  vera.page.on("request", (request) => {
    if (request.url().startsWith(deskbell.origin)) asked.push(request.url().slice(deskbell.origin.length));
  });
  await vera.page.clock.setFixedTime(Date.now() + 25 * 60 * 60 * 1000);
  await vera.visit(shop.kettlesUrl);
  await eventually(() => vera.unsent()).toBe(0);
  await vera.page.waitForLoadState("networkidle");
  expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([]);
  asked.length = 0;
  await vera.visit();
  await vera.page.waitForLoadState("networkidle");
  expect(asked).toEqual(["/deskbell.js"]);
});

test("another visitor of the browser does not send vera's unsent messages", async ({ deskbell, shop, vera, ada }) => {
  await vera.ring();
  await vera.say("Good morning.");
  await ada.signIn();
  await deskbell.kill9();
  await vera.write("My card number is secret.");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  // Another visitor uses the browser before the text is sent: the page has another token.
  await vera.page.goto(shop.kettlesUrl);
  await vera.page.evaluate(() => {
    localStorage.removeItem("deskbell:demo");
    document.cookie = "deskbell_demo=; Path=/; Max-Age=0";
  });
  expect(await vera.unsent()).toBe(1);
  await deskbell.start();
  await vera.page.goto(shop.kettlesUrl);
  await vera.openChat();
  await vera.say("Hello, I am new here.");
  expect(await vera.unsent()).toBe(0);
  await ada.expectLive();
  await ada.open("Hello, I am new here.");
  await expectAllToSee([visitor("Hello, I am new here.")], vera, ada);
  await expect(ada.row("Good morning.")).toHaveCount(1);
});

test("a conversation survives three crashes of the server", async ({ deskbell, vera, ada }) => {
  await vera.ring();
  await vera.say("Let us count.");
  await ada.signIn();
  await ada.open("Let us count.");
  await ada.claim();
  const own = ["Let us count."];
  for (const cut of [1, 2, 3]) {
    const words = [1, 2, 3, 4].map((n) => `Cut ${cut}, word ${n}.`);
    own.push(...words);
    await vera.write(words[0]!);
    await vera.write(words[1]!);
    const killed = deskbell.kill9();
    await vera.write(words[2]!);
    await killed;
    await vera.write(words[3]!);
    await deskbell.start();
    await vera.expectLive();
    await ada.expectLive();
    await eventually(() => vera.acknowledged()).toEqual(own);
  }
  await expectKept(own.map(visitor), vera, ada);
});

/** Expects these messages on both sides, also after a reload. */
async function expectKept(lines: Line[], vera: Visitor, ada: Agent): Promise<void> {
  await expectAllToSee(lines, vera, ada);
  await vera.ring();
  await ada.page.reload();
  await expectAllToSee(lines, vera, ada);
}

function textsBy(by: Line["by"], lines: Line[]): string[] {
  return lines.filter((line) => line.by === by).map((line) => line.text);
}
