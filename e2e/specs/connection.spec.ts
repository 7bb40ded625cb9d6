// The connection: lost networks, proxies that drop frames, many tabs, and windows in the background.
import { visitor } from "../support/transcript.js";
import { Network } from "../support/network.js";
import { Shop } from "../support/shop.js";
import { expect, test } from "../support/test.js";

test.setTimeout(120_000);

test("the loss of the network shows within five seconds, on both sides", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Are you open today?");
  await ada.signIn();
  await vera.page.context().setOffline(true);
  await ada.page.context().setOffline(true);
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible({ timeout: 5_000 });
  await expect(ada.page.locator(".banner-stale:visible")).toBeVisible({ timeout: 5_000 });
  await vera.page.context().setOffline(false);
  await ada.page.context().setOffline(false);
  await vera.expectLive();
  await ada.expectLive();
});

test("without a connection nobody is shown as present, and the inbox shows one line about it", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Are you there?");
  await ada.signIn();
  await ada.open("Are you there?");
  const presence = ada.page.locator(".context-presence");
  await expect(presence).toHaveText("On the site now");
  await expect(ada.account).toHaveAccessibleName(/Online$/);
  await deskbell.kill();
  const banner = ada.page.locator(".banner-stale:visible");
  await expect(banner).toContainText(/Reconnecting…\s*\d+ s/);
  expect((await banner.boundingBox())!.height).toBeLessThanOrEqual(44);
  await expect(presence).toHaveText("Was on the site before you lost the connection");
  await expect(ada.account).toHaveAccessibleName(/Offline$/);
  await expect(ada.page.locator('.row-face[data-online="true"]')).toHaveCount(0);
  await deskbell.start();
  await ada.expectLive();
  await vera.expectLive();
  await expect(presence).toHaveText("On the site now");
  await expect(ada.account).toHaveAccessibleName(/Online$/);
});

test("the newest message stays in view when the window is resized", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("First.");
  await ada.signIn();
  await ada.open("First.");
  await ada.claim();
  for (const part of [1, 2, 3, 4, 5, 6, 7, 8]) await ada.send(`${part}: ${"a long answer that wraps in a narrow window. ".repeat(6).trim()}`);
  await ada.page.context().setOffline(true);
  await expect(ada.page.locator(".banner-stale:visible")).toBeVisible();
  await ada.write("And this is the last one.");
  const newest = ada.page.locator('.message[data-state="queued"]');
  for (const [width, height] of [[390, 844], [1440, 900], [1024, 768], [390, 600], [800, 700], [1440, 500]] as const) {
    await ada.page.setViewportSize({ width, height });
    await ada.page.evaluate(() => new Promise((laidOut) => requestAnimationFrame(() => requestAnimationFrame(laidOut))));
    await expect(newest, `${width} × ${height}`).toBeInViewport({ ratio: 1 });
    await expect(ada.page.getByRole("button", { name: "Jump to latest" })).toBeHidden();
  }
});

test("a reply in a visible window without activity is not seen until the visitor returns", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is it done?");
  await ada.signIn();
  await ada.open("Is it done?");
  await ada.claim();
  const frame = vera.page.frames().find((frame) => frame.url().includes("/widget"))!;
  await frame.evaluate(() => {
    Object.defineProperty(document, "hasFocus", { configurable: true, value: () => false });
    window.dispatchEvent(new Event("blur"));
  });
  await ada.send("It is.");
  await expect(vera.panel.getByText("It is.", { exact: true })).toBeVisible();
  await expect(ada.deliveryState("It is.")).toHaveText("Delivered");
  await frame.evaluate(() => window.dispatchEvent(new Event("pointermove")));
  await expect(ada.deliveryState("It is.")).toHaveText("Seen");
});

test("a message in a dashboard without the focus is not seen until the agent returns", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("First.");
  await ada.signIn();
  await ada.open("First.");
  await expect(vera.deliveryState("First.")).toHaveText("Seen");
  await ada.page.evaluate(() => {
    Object.defineProperty(document, "hasFocus", { configurable: true, value: () => false });
    window.dispatchEvent(new Event("blur"));
  });
  await vera.send("Second.");
  await expect(ada.page.getByRole("log").getByText("Second.")).toBeVisible();
  await expect(vera.deliveryState("Second.")).toHaveText("Delivered");
  await expect(vera.deliveryState("First."), "an earlier message stays seen").toHaveText("Seen");
  await ada.page.evaluate(() => {
    Object.defineProperty(document, "hasFocus", { configurable: true, value: () => true });
    window.dispatchEvent(new Event("focus"));
  });
  await expect(vera.deliveryState("Second.")).toHaveText("Seen");
});

test.describe("behind a proxy", () => {
  const proxied = async (deskbell: { origin: string }, run: (network: Network, shop: Shop) => Promise<void>) => {
    const network = await Network.launch(deskbell.origin);
    const shop = await Shop.launch(network.origin);
    shop.snippet = `<script src="${network.origin}/deskbell.js" data-site="demo" async></script>`;
    await run(network, shop);
    await shop.close();
    await network.close();
  };

  test("a socket without frames does not count as a connection, and polling continues while another is tested", async ({ deskbell, vera, ada }) => {
    await proxied(deskbell, async (network, shop) => {
      [network.dropsUpgrades, network.dropsFrames] = [false, true];
      await vera.page.clock.install();
      await vera.visit(shop.url);
      await vera.launcher.click();
      await expect(vera.panel.locator(".head__state--live")).toBeVisible({ timeout: 12_000 });
      expect(network.silentSockets).toBe(1);
      await vera.send("Hello?");
      await vera.page.clock.fastForward(31_000);
      await expect.poll(() => network.silentSockets).toBe(2);
      await vera.send("Still here.");
      await ada.signIn();
      await ada.open("Still here.");
      await expect(vera.panel.getByText("Reconnecting…")).toBeHidden();
      await expect(vera.panel.locator(".head__state--live")).toBeVisible();
    });
  });

  test("eight tabs without WebSockets all send and receive", async ({ deskbell, vera, ada }) => {
    await proxied(deskbell, async (network, shop) => {
      network.dropsUpgrades = true;
      await vera.visit(shop.url);
      await vera.openPanel();
      await vera.send("One.");
      const tabs = [vera];
      while (tabs.length < 8) tabs.push(await vera.secondTab());
      // At the same time, because each tab waits for its WebSocket before it polls.
      await Promise.all(tabs.slice(1).map(async (tab) => {
        await tab.visit(shop.url);
        await tab.openPanel();
      }));
      for (const [index, tab] of tabs.entries()) await tab.send(`From tab ${index + 1}.`);
      await ada.signIn();
      await ada.open("From tab 8.");
      await ada.claim();
      await ada.send("All of them arrived.");
      for (const tab of tabs) {
        await expect(tab.panel.locator("#thread").getByText("All of them arrived.")).toBeVisible({ timeout: 15_000 });
        await expect.poll(() => tab.messages()).toContainEqual(visitor("From tab 8."));
      }
    });
  });
});
