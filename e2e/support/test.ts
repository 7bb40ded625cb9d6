// The `test` function with its fixtures: a server, a shop, the agents Ada and Ben, the visitors Vera and Victor.
import { type Browser, type Page, test as base } from "@playwright/test";

import { ADA, Agent, BEN, DORA, type Person } from "./agent.js";
import { Deskbell, type Registration } from "./deskbell.js";
import { CARLA, Owner } from "./owner.js";
import { Shop } from "./shop.js";
import { Visitor } from "./visitor.js";
import { PageErrors } from "./page-errors.js";

interface Fixtures {
  /** Whether Deskbell starts with the demo workspace, or empty. */
  demo: boolean;
  /** The registration mode of the server. */
  registration: Registration;
  deskbell: Deskbell;
  shop: Shop;
  vera: Visitor;
  victor: Visitor;
  ada: Agent;
  ben: Agent;
  /** The owner, who has set up an empty Deskbell with the shop as its site. */
  owner: Owner;
  /** The owner in a browser. */
  carla: Agent;
  /** A new person with an empty browser profile. */
  dora: Agent;
}

export const test = base.extend<Fixtures>({
  demo: [true, { option: true }],
  registration: ["invited", { option: true }],

  deskbell: async ({ demo, registration }, use, info) => {
    const deskbell = await Deskbell.launch(demo, registration);
    await use(deskbell);
    await deskbell.close();
    if (info.status !== info.expectedStatus) {
      await info.attach("deskbell.log", { body: deskbell.output, contentType: "text/plain" });
    }
  },

  shop: async ({ deskbell }, use) => {
    const shop = await Shop.launch(deskbell.origin);
    shop.snippet = `<script src="${deskbell.origin}/deskbell.js" data-site="demo" async></script>`;
    await use(shop);
    await shop.close();
  },

  vera: async ({ browser, shop }, use) => visitor(browser, shop, use),
  victor: async ({ browser, shop }, use) => visitor(browser, shop, use),
  ada: async ({ browser, deskbell }, use) => agent(browser, deskbell, ADA, use),
  ben: async ({ browser, deskbell }, use) => agent(browser, deskbell, BEN, use),

  owner: async ({ deskbell, shop }, use) => {
    const owner = await Owner.setUp(deskbell.origin, shop.url);
    shop.snippet = owner.snippet;
    await use(owner);
    await owner.close();
  },
  carla: async ({ browser, deskbell }, use) => agent(browser, deskbell, CARLA, use),
  dora: async ({ browser, deskbell }, use) => agent(browser, deskbell, DORA, use),
});

export { expect } from "@playwright/test";

async function visitor(browser: Browser, shop: Shop, use: (visitor: Visitor) => Promise<void>): Promise<void> {
  await withPage(browser, (page, errors) => use(new Visitor(page, errors, shop.url)));
}

async function agent(
  browser: Browser,
  deskbell: Deskbell,
  person: Person,
  use: (agent: Agent) => Promise<void>,
): Promise<void> {
  await withPage(browser, (page, errors) => use(new Agent(page, errors, deskbell.origin, person)));
}

/** Opens a page in a browser of its own; the test fails if an error occurs in it. */
async function withPage(browser: Browser, use: (page: Page, errors: PageErrors) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = await PageErrors.record(page);
  await use(page, errors);
  errors.expectNone();
  await context.close();
}
