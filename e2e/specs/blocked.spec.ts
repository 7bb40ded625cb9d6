// Networks that block WebSockets: conversations use HTTP polls, and switch to a WebSocket when one connects.
import { Agent, ADA } from "../support/agent.js";
import { agent, eventually, expectAllToSee, visitor } from "../support/transcript.js";
import { Network } from "../support/network.js";
import { Shop } from "../support/shop.js";
import { expect, test as base } from "../support/test.js";

const test = base.extend<{ network: Network }>({
  network: async ({ deskbell }, use) => {
    const network = await Network.launch(deskbell.origin);
    await use(network);
    await network.close();
  },

  // Vera's browser reaches Deskbell only through this network.
  shop: async ({ network }, use) => {
    const shop = await Shop.launch(network.origin);
    shop.snippet = `<script src="${network.origin}/deskbell.js" data-site="demo" async></script>`;
    await use(shop);
    await shop.close();
  },
});

test.setTimeout(120_000);

test("vera writes where WebSockets are blocked, and her connection switches to one when it is possible", async ({ network, vera, ada }) => {
  await vera.page.clock.install();
  await vera.visitAndOpen();
  expect(network.droppedUpgrades).toBeGreaterThan(0);
  expect(network.forwarded).toBe(0);
  await vera.send("Is my teapot ready?");
  await ada.signIn();
  await ada.open("Is my teapot ready?");
  await ada.claim();
  await ada.send("It is in the kiln.");
  const messages = [visitor("Is my teapot ready?"), agent("It is in the kiln.")];
  await expectAllToSee(messages, vera, ada);

  network.dropsUpgrades = false;
  // While Vera continues to write, the next test of a WebSocket succeeds and the connection switches to it.
  await vera.page.clock.fastForward(31_000);
  const more: string[] = [];
  const end = Date.now() + 60_000;
  while (network.forwarded === 0 && Date.now() < end) {
    more.push(`Take your time, ${more.length + 1}.`);
    await vera.send(more.at(-1)!);
    await ada.page.waitForFunction((text) => document.body.innerText.includes(text), more.at(-1)!);
  }
  expect(network.forwarded).toBeGreaterThan(0);
  await vera.expectLive();
  await ada.send("It is out, and it is whole.");
  await vera.send("Splendid.");
  const all = [...messages, ...more.map(visitor), agent("It is out, and it is whole."), visitor("Splendid.")];
  await expectAllToSee(all, vera, ada);
});

test("ada replies where WebSockets are blocked", async ({ network, vera, ada: direct }) => {
  network.dropsUpgrades = false;
  await vera.visitAndOpen();
  network.dropsUpgrades = true;
  await vera.send("Hello?");
  const ada = new Agent(direct.page, direct.errors, network.origin, ADA);
  await ada.signIn();
  await ada.open("Hello?");
  await ada.claim();
  await ada.send("Hello, Vera.");
  await eventually(() => vera.messages()).toContainEqual(agent("Hello, Vera."));
  await vera.send("There you are.");
  await expectAllToSee([visitor("Hello?"), agent("Hello, Vera."), visitor("There you are.")], vera, ada);
});
