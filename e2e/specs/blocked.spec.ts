// Networks that block WebSockets: conversations use HTTP polls, and switch to a WebSocket when one connects.
import { Agent, ADA } from "../support/agent.js";
import { agent, eventually, expectAllToSee, visitor } from "../support/line.js";
import { Network } from "../support/network.js";
import { Shop } from "../support/shop.js";
import { expect, test as base } from "../support/test.js";

const test = base.extend<{ network: Network }>({
  network: async ({ deskbell }, use) => {
    const network = await Network.begin(deskbell.origin);
    await use(network);
    await network.end();
  },

  // Vera's browser reaches Deskbell only through this network.
  shop: async ({ network }, use) => {
    const shop = await Shop.begin(network.origin);
    shop.snippet = `<script src="${network.origin}/deskbell.js" data-site="demo" async></script>`;
    await use(shop);
    await shop.end();
  },
});

test.setTimeout(120_000);

test("vera writes where WebSockets are blocked, and switches to one when they work", async ({ network, vera, ada }) => {
  await vera.ring();
  expect(network.swallowed).toBeGreaterThan(0);
  expect(network.passed).toBe(0);
  await vera.say("Is my teapot ready?");
  await ada.signIn();
  await ada.open("Is my teapot ready?");
  await ada.claim();
  await ada.say("It is in the kiln.");
  const talk = [visitor("Is my teapot ready?"), agent("It is in the kiln.")];
  await expectAllToSee(talk, vera, ada);

  network.isBlocked = false;
  // While Vera continues to write, a test of a WebSocket succeeds and the connection switches to it.
  const words: string[] = [];
  const end = Date.now() + 60_000;
  while (network.passed === 0 && Date.now() < end) {
    words.push(`Take your time, ${words.length + 1}.`);
    await vera.say(words.at(-1)!);
    await ada.page.waitForFunction((text) => document.body.innerText.includes(text), words.at(-1)!);
  }
  expect(network.passed).toBeGreaterThan(0);
  await vera.expectLive();
  await ada.say("It is out, and it is whole.");
  await vera.say("Splendid.");
  const all = [...talk, ...words.map(visitor), agent("It is out, and it is whole."), visitor("Splendid.")];
  await expectAllToSee(all, vera, ada);
});

test("ada replies where WebSockets are blocked", async ({ network, vera, ada: direct }) => {
  network.isBlocked = false;
  await vera.ring();
  network.isBlocked = true;
  await vera.say("Hello?");
  const ada = new Agent(direct.page, direct.witness, network.origin, ADA);
  await ada.signIn();
  await ada.open("Hello?");
  await ada.claim();
  await ada.say("Hello, Vera.");
  await eventually(() => vera.lines()).toContainEqual(agent("Hello, Vera."));
  await vera.say("There you are.");
  await expectAllToSee([visitor("Hello?"), agent("Hello, Vera."), visitor("There you are.")], vera, ada);
});
