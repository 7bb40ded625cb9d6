// The loader on difficult pages: they rebuild themselves, move the script, or call the API in any order.
import type { Page } from "@playwright/test";

import { expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";
import type { Visitor } from "../support/visitor.js";

interface Api {
  attach(): void;
  open(): void;
  close(): void;
  identify(who: object | null): void;
  destroy(): void;
}

/** Runs in the page. */
function call(page: Page, method: keyof Api, ...args: unknown[]): Promise<void> {
  return page.evaluate(
    ([method, args]) => {
      const api = (window as unknown as { Deskbell: Record<string, (...args: unknown[]) => void> }).Deskbell;
      api[method]!(...args);
    },
    [method, args] as const,
  );
}

function consoleOf(page: Page): string[] {
  const lines: string[] = [];
  page.on("console", (message) => lines.push(message.text()));
  return lines;
}

/** The contrast of a colour with the panel's background. A canvas converts every notation to sRGB. */
function contrastWithPanel(vera: Visitor, color: string): Promise<number> {
  return vera.panel.locator("body").evaluate((body, color) => {
    const context = document.createElement("canvas").getContext("2d")!;
    const luminance = (color: string) => {
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const [darker, lighter] = [luminance(color), luminance(getComputedStyle(body).backgroundColor)].sort((a, b) => a - b);
    return (lighter! + 0.05) / (darker! + 0.05);
  }, color);
}

/** Adds a script tag, as a tag manager does. */
async function addScript(page: Page, attributes: Record<string, string>): Promise<void> {
  await page.evaluate(
    (attributes) =>
      new Promise((resolve) => {
        const script = document.createElement("script");
        for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
        script.onload = script.onerror = resolve;
        document.body.append(script);
      }),
    attributes,
  );
}

test("the launcher returns when a script replaces the body's children, with the panel as it was", async ({ vera }) => {
  await vera.visitAndOpen();
  await vera.send("Do you keep this?");
  await vera.page.evaluate(() => document.body.replaceChildren(document.createElement("main")));
  await vera.expectLive();
  await expect(vera.launcher).toHaveAttribute("aria-expanded", "true");
  await expectAllToSee([visitor("Do you keep this?")], vera);
});

test("the launcher returns when the whole body is replaced, and snapshots add no second one", async ({ vera }) => {
  await vera.visit();
  // Turbo stores a copy of the body, shows another body, and restores the copy.
  await vera.page.evaluate(() => {
    const snapshot = document.body.cloneNode(true);
    document.body.replaceWith(document.createElement("body"));
    (window as unknown as { snapshot: Node }).snapshot = snapshot;
  });
  await expect(vera.launcher).toBeVisible();
  await vera.page.evaluate(() => {
    document.body.replaceWith((window as unknown as { snapshot: Node }).snapshot);
  });
  await expect(vera.launcher).toBeVisible();
  await expect(vera.page.locator("deskbell-widget")).toHaveCount(1);
  // After a hydration mismatch, React clears the document and renders it again.
  await vera.page.evaluate(() => {
    document.documentElement.replaceChildren(document.createElement("head"), document.createElement("body"));
  });
  await vera.openPanel();
  await expect(vera.page.locator("deskbell-widget")).toHaveCount(1);
});

test("a copy that was saved with the page is replaced by the real launcher", async ({ vera, shop }) => {
  shop.snippet = `<deskbell-widget></deskbell-widget>${shop.snippet}`;
  await vera.visit();
  await expect(vera.page.locator("deskbell-widget")).toHaveCount(1);
  await vera.openPanel();
});

test("the loader gives up on a page that removes the launcher repeatedly", async ({ vera }) => {
  const lines = consoleOf(vera.page);
  await vera.visit();
  await vera.page.evaluate(() => {
    new MutationObserver(() => document.querySelector("deskbell-widget")?.remove()).observe(document.body, { childList: true });
    document.querySelector("deskbell-widget")!.remove();
  });
  await expect.poll(() => lines.join()).toContain("keeps removing the chat");
  await expect(vera.launcher).toHaveCount(0);
});

test("a tag manager's script finds its site in its address", async ({ vera, shop, deskbell }) => {
  shop.snippet = "";
  await vera.page.goto(shop.url);
  await addScript(vera.page, { src: `${deskbell.origin}/deskbell.js?site=demo` });
  await vera.openPanel();
});

test("an inlined script finds its site and server in LiveChatConfig", async ({ vera, shop, deskbell }) => {
  shop.snippet = "";
  const source = await (await fetch(`${deskbell.origin}/deskbell.js`)).text();
  await vera.page.goto(shop.url);
  await vera.page.evaluate((config) => Object.assign(window, { LiveChatConfig: config }), { site: "demo", server: deskbell.origin });
  await vera.page.evaluate(source);
  await vera.openPanel();
});

test("a script without its settings logs what is missing", async ({ vera, shop, deskbell }) => {
  shop.snippet = "";
  const lines = consoleOf(vera.page);
  const source = await (await fetch(`${deskbell.origin}/deskbell.js`)).text();
  await vera.page.goto(shop.url);
  await addScript(vera.page, { src: `${deskbell.origin}/deskbell.js` });
  expect(lines.filter((line) => line.startsWith("Deskbell:"))).toEqual([expect.stringContaining('data-site="YOUR-SITE-KEY"')]);
  await vera.page.evaluate(() => {
    Object.assign(window, { LiveChatConfig: { site: "demo" } });
    document.querySelectorAll("script").forEach((script) => script.remove());
  });
  await vera.page.evaluate(source);
  expect(lines.filter((line) => line.includes('data-server="'))).toHaveLength(1);
  await expect(vera.launcher).toHaveCount(0);
});

test("identifying the same person again sends no request", async ({ vera }) => {
  const requested: string[] = [];
  vera.page.on("request", (request) => {
    if (/\/widget\/|\/api\/v1\/visitors/.test(request.url())) requested.push(new URL(request.url()).pathname);
  });
  await vera.visit();
  const who = { external_id: "4711", name: "Vera" };
  await call(vera.page, "identify", who);
  await vera.openPanel();
  const before = [...requested];
  for (let times = 0; times < 5; times++) await call(vera.page, "identify", { name: "Vera", external_id: "4711", email: "" });
  await vera.send("Still me.");
  expect(requested).toEqual(before);
  // Pages sign a new token for the same person on every load.
  const jwt = (exp: number) => `e30.${btoa(JSON.stringify({ sub: "4711", name: "Vera", exp }))}.c2ln`;
  await call(vera.page, "identify", { jwt: jwt(1) });
  await vera.expectLive();
  const then = requested.length;
  await call(vera.page, "identify", { jwt: jwt(2) });
  await vera.send("Me again.");
  expect(requested).toHaveLength(then);
});

test("open() leaves the focus in the field in which vera types, unless she clicked to open the chat", async ({ vera }) => {
  await vera.visit();
  await vera.page.evaluate(() => {
    const field = document.createElement("input");
    const button = document.createElement("button");
    button.textContent = "Ask us";
    button.addEventListener("click", () => (window as unknown as { Deskbell: Api }).Deskbell.open());
    document.querySelector("main")!.append(field, button);
    field.focus();
  });
  await vera.page.keyboard.type("size 4");
  await call(vera.page, "open");
  await vera.expectLive();
  await vera.page.keyboard.type("2");
  await expect(vera.page.locator("main input")).toHaveValue("size 42");
  await expect(vera.page.locator("main input")).toBeFocused();
  await call(vera.page, "close");
  await expect(vera.page.locator("main input")).toBeFocused();
  await vera.page.getByRole("button", { name: "Ask us" }).click();
  await expect(vera.composer).toBeFocused();
});

test("a stale or zoomed visual viewport does not shrink the panel", async ({ vera }) => {
  await vera.page.setViewportSize({ width: 390, height: 844 });
  await vera.page.addInitScript(() => {
    const view = Object.assign(new EventTarget(), { offsetTop: 0, height: 844, scale: 1 });
    Object.defineProperty(window, "visualViewport", { value: view });
  });
  await vera.visitAndOpen();
  const panel = vera.page.locator("deskbell-widget .panel");
  const view = (state: object) =>
    vera.page.evaluate((state) => {
      Object.assign(window.visualViewport!, state);
      window.visualViewport!.dispatchEvent(new Event("resize"));
    }, state);
  const height = async () => (await panel.boundingBox())!.height;
  await view({ height: 500 });
  await expect.poll(height).toBe(500);
  await view({ height: 300, scale: 2 });
  await expect.poll(height, "the height of a zoomed viewport is ignored").toBe(844);
  await view({ height: 500, scale: 1 });
  await call(vera.page, "close");
  await vera.page.evaluate(() => Object.assign(window.visualViewport!, { height: 844 }));
  await call(vera.page, "open");
  await expect.poll(height, "measured again when it is opened").toBe(844);
});

test("the panel works on a page that allows the script by a nonce and requires Trusted Types", async ({ vera, shop }) => {
  shop.nonce = "c2hvcnQgYW5kIHN0b3V0";
  shop.snippet = shop.snippet.replace("async", `nonce="${shop.nonce}" async`);
  await vera.visitAndOpen();
  await vera.send("Under a strict policy.");
});

test("the site's colour is that of the welcome icon and of focus rings, in both themes", async ({ vera, shop }) => {
  shop.snippet = shop.snippet.replace("async", 'data-color="#ffb000" async');
  const hue = (color: string) => Number(/^oklch\(\S+ \S+ ([\d.]+)/.exec(color)?.[1]);
  for (const colorScheme of ["light", "dark"] as const) {
    await vera.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await vera.visitAndOpen();
    const icon = vera.panel.locator(".greeting svg");
    await expect(icon).toBeVisible();
    const iconColor = await icon.evaluate((icon) => getComputedStyle(icon).color);
    await vera.composer.focus();
    const field = vera.panel.locator(".composer__field");
    const borderColor = await field.evaluate((field) => getComputedStyle(field).borderTopColor);
    for (const color of [iconColor, borderColor]) {
      expect(hue(color), color).toBeGreaterThan(60);
      expect(hue(color), color).toBeLessThan(90);
      expect(await contrastWithPanel(vera, color), `${color} in the ${colorScheme} theme`).toBeGreaterThanOrEqual(3);
    }
    await vera.page.screenshot({ path: `screenshots/panel-color-${colorScheme}.png` });
    await vera.launcher.click();
  }
});

test("the launcher's focus ring does not depend on the site's colour, which may be too light for the page", async ({ vera, shop }) => {
  const ring = () => vera.launcher.evaluate((launcher) => getComputedStyle(launcher).outlineColor);
  await vera.visit();
  await vera.launcher.focus();
  const usual = await ring();
  shop.snippet = shop.snippet.replace("async", 'data-color="#ffb000" async');
  await vera.visit();
  await vera.launcher.focus();
  expect(await ring()).toBe(usual);
});

test("a panel that does not load shows an error, and loads at the next try", async ({ vera }) => {
  let isLost = true;
  await vera.page.route("**/deskbell-panel.js", (route) => (isLost ? route.abort() : route.fallback()));
  await vera.visit();
  await vera.launcher.click();
  const error = vera.page.locator("deskbell-widget .problem");
  await expect(error).toContainText("Chat can't load right now. Check your connection and try again.");
  await vera.launcher.click();
  await expect(error, "it closes like the panel").toBeHidden();
  await vera.launcher.click();
  await expect(error).toBeVisible();
  isLost = false;
  await error.getByRole("button", { name: "Try again" }).click();
  await vera.expectLive();
  await expect(error).toBeHidden();
});

test("a frame that the server answers with an error is a temporary error, and loads at the next try", async ({ vera }) => {
  let isUnavailable = true;
  const answer = { status: 503, contentType: "application/json", body: "{}" };
  for (const needsDatabase of ["**/widget/frame?*", "**/deskbell-panel.js?*"]) {
    await vera.page.route(needsDatabase, (route) => (isUnavailable ? route.fulfill(answer) : route.fallback()));
  }
  await vera.visit();
  await vera.launcher.click();
  const error = vera.page.locator("deskbell-widget .problem");
  await expect(error).toContainText("Chat can't load right now. Check your connection and try again.");
  isUnavailable = false;
  await error.getByRole("button", { name: "Try again" }).click();
  await vera.expectLive();
  await expect(error).toBeHidden();
});

for (const policy of ["require-corp", "credentialless"]) {
  test(`the panel works on a page with the embedder policy ${policy}`, async ({ vera, shop }) => {
    shop.embedderPolicy = policy;
    await vera.visitAndOpen();
    await vera.send("Isolated, and still here.");
  });
}

test("a script that is destroyed before the page is ready leaves no element, and can be started again", async ({ vera, shop, deskbell }) => {
  shop.snippet = "";
  await vera.page.clock.install();
  await vera.page.goto(shop.url);
  const source = await (await fetch(`${deskbell.origin}/deskbell.js`)).text();
  await vera.page.evaluate((server) => {
    Object.assign(window, { LiveChatConfig: { site: "demo", server }, body: document.body });
    document.body.remove();
  }, deskbell.origin);
  await vera.page.evaluate(source);
  await call(vera.page, "destroy");
  await vera.page.evaluate(() => document.documentElement.append((window as unknown as { body: Node }).body));
  await vera.page.clock.runFor(1000);
  await expect(vera.launcher).toHaveCount(0);
  await vera.page.clock.resume();
  await vera.page.evaluate(source);
  await expect(vera.launcher).toBeVisible();
  await call(vera.page, "destroy");
  await addScript(vera.page, { src: `${deskbell.origin}/deskbell.js`, "data-site": "demo" });
  await expect(vera.page.locator("deskbell-widget")).toHaveCount(1);
  await vera.openPanel();
});

test("a second snippet of another site is refused with an explanation in the console", async ({ vera, shop, deskbell }) => {
  const lines = consoleOf(vera.page);
  await vera.visit(shop.url);
  await addScript(vera.page, { src: `${deskbell.origin}/deskbell.js`, "data-site": "another" });
  expect(lines.filter((line) => line.startsWith("Deskbell:"))).toEqual([
    expect.stringMatching(/already shows the chat of site "demo".*snippet of site "another" was ignored/),
  ]);
  await addScript(vera.page, { src: `${deskbell.origin}/deskbell.js`, "data-site": "demo" });
  await expect(vera.page.locator("deskbell-widget")).toHaveCount(1);
  await vera.openPanel();
});

test.describe("a website that is not in the list", () => {
  test.use({ demo: false });

  test("shows an error there, and the settings offer to add the address", async ({ vera, shop, owner, carla }) => {
    const lines = consoleOf(vera.page);
    const { page } = vera;
    shop.snippet = owner.snippet;
    await page.goto(shop.foreignOriginUrl);
    await vera.launcher.click();
    const error = page.locator("deskbell-widget .problem");
    await expect(error.locator("p")).toHaveText("The chat is not available on this website.");
    await expect(error.getByRole("button", { name: "Try again" }), "the address may be added meanwhile").toBeVisible();
    await expect(page.locator("deskbell-widget .panel iframe")).toHaveCount(0);
    const { origin } = new URL(shop.foreignOriginUrl);
    const logged = lines.filter((line) => line.startsWith("Deskbell:"));
    expect(logged).toEqual([expect.stringMatching(new RegExp(`did not load on ${origin}.*Settings → Sites`))]);
    await page.screenshot({ path: "screenshots/loader-refused.png" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: "screenshots/loader-refused-dark.png" });

    await carla.signIn();
    await carla.openSettings("sites");
    const notice = carla.page.getByText(`The chat tried to load on ${origin}, which is not in this list.`);
    await expect(notice).toBeVisible();
    await carla.page.screenshot({ path: "screenshots/sites-refused.png" });
    await carla.page.getByRole("button", { name: `Add ${origin}` }).click();
    await expect(notice).toBeHidden();
    await page.goto(shop.foreignOriginUrl);
    await vera.openPanel();
    vera.errors.expectOnly(/frame-ancestors|Settings → Sites/);
  });

  test("is not offered where the server would refuse it, and the settings say why", async ({ deskbell, owner, carla }) => {
    const [, key] = /data-site="([\w-]+)"/.exec(owner.snippet)!;
    const headers = { referer: "http://shop.example/", "sec-fetch-dest": "iframe" };
    await carla.page.request.get(`${deskbell.origin}/widget/frame?site=${key}`, { headers });
    await carla.signIn();
    await carla.openSettings("sites");
    await expect(carla.page.getByText("The chat tried to load on http://shop.example")).toContainText("needs https://");
    await expect(carla.page.getByRole("button", { name: "Add http://shop.example" })).toHaveCount(0);
  });
});
