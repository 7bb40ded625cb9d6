// `test`, with the house and the people in it: ada and ben answer, vera and victor ask.
import { type Browser, type BrowserContextOptions, test as base } from "@playwright/test";

import { ADA, Agent, BEN, type Person } from "./agent.js";
import { Deskbell } from "./deskbell.js";
import { Shop } from "./shop.js";
import { Visitor } from "./visitor.js";
import { Witness } from "./witness.js";

interface House {
  /** Whether Deskbell starts with the demo workspace, or empty. */
  demo: boolean;
  deskbell: Deskbell;
  shop: Shop;
  vera: Visitor;
  victor: Visitor;
  ada: Agent;
  ben: Agent;
}

export const test = base.extend<House>({
  demo: [true, { option: true }],

  deskbell: async ({ demo }, use, info) => {
    const deskbell = await Deskbell.begin(demo);
    await use(deskbell);
    await deskbell.end();
    if (info.status !== info.expectedStatus) {
      await info.attach("deskbell.log", { body: deskbell.output, contentType: "text/plain" });
    }
  },

  shop: async ({ deskbell }, use) => {
    const shop = await Shop.begin(deskbell.origin);
    await use(shop);
    await shop.end();
  },

  vera: async ({ browser, shop, contextOptions }, use) => visitor(browser, contextOptions, shop, use),
  victor: async ({ browser, shop, contextOptions }, use) => visitor(browser, contextOptions, shop, use),
  ada: async ({ browser, deskbell, contextOptions }, use) => agent(browser, contextOptions, deskbell, ADA, use),
  ben: async ({ browser, deskbell, contextOptions }, use) => agent(browser, contextOptions, deskbell, BEN, use),
});

export { expect } from "@playwright/test";

async function visitor(
  browser: Browser,
  options: BrowserContextOptions,
  shop: Shop,
  use: (visitor: Visitor) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const witness = await Witness.of(page);
  await use(new Visitor(page, witness, shop.url));
  witness.expectNothing();
  await context.close();
}

async function agent(
  browser: Browser,
  options: BrowserContextOptions,
  deskbell: Deskbell,
  person: Person,
  use: (agent: Agent) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const witness = await Witness.of(page);
  await use(new Agent(page, witness, deskbell.origin, person));
  witness.expectNothing();
  await context.close();
}
