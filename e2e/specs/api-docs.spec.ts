// The API reference: it works without scripts and by keyboard, and nothing overflows.
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.js";

const FOLDER = fileURLToPath(new URL("../screenshots", import.meta.url));
/** Axe is slow, so it checks some operations and schemas only; all of them have the same structure. */
const CHECKED_BY_AXE = [".contents", "#sign-in", "#refusals", "#tag-sites", "#schema-Sender"];

test.setTimeout(120_000);

test("the API reference fits its window, passes axe, and explains the first steps", async ({ deskbell, page }) => {
  await page.goto(deskbell.origin);
  await page.getByRole("link", { name: "API reference" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "The Deskbell API" })).toBeVisible();
  await page.goto(`${deskbell.origin}/api/docs#patch_sites_id`);
  await expect(page.getByRole("heading", { name: "PATCH /api/v1/sites/{id}" })).toBeInViewport();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      // The page is too long for one screenshot.
      for (const part of ["start", "patch_sites_id", "schema-Sender"]) {
        await page.goto(`${deskbell.origin}/api/docs#${part}`);
        await page.screenshot({ path: `${FOLDER}/api-docs-${part}-${colorScheme}-${width}.png` });
      }
      expect.soft(await layoutErrors(page), `${colorScheme}, ${width} pixels`).toEqual([]);
    }
  }
});

test("the contents of the API reference mark the section in view, and examples are copied", async ({ deskbell, page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${deskbell.origin}/api/docs`);
  const contents = page.getByRole("navigation", { name: "Contents" });
  const current = contents.locator("[aria-current]");
  await expect(current).toHaveText("Authentication");
  await page.locator("#patch_sites_id").scrollIntoViewIfNeeded();
  await page.locator("#patch_sites_id").evaluate((it) => it.scrollIntoView());
  await expect(current).toHaveText("PATCH /sites/{id}");
  await expect(current).toBeInViewport();

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const example = page.locator("#example-patch_sites_id");
  await page.getByRole("article").filter({ has: example }).getByRole("button", { name: "Copy" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(await example.innerText());
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false, viewport: { width: 360, height: 780 } });

  test("the API reference is navigated by keyboard from its table of contents", async ({ deskbell, page }) => {
    await page.goto(`${deskbell.origin}/api/docs`);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip the contents" })).toBeFocused();

    const contents = page.getByRole("navigation", { name: "Contents" });
    await contents.getByText("sites", { exact: false }).first().focus();
    await contents.locator("summary", { hasText: "sites" }).press("Enter");
    await contents.getByRole("link", { name: "PATCH /sites/{id}" }).press("Enter");
    const heading = page.getByRole("heading", { name: "PATCH /api/v1/sites/{id}" });
    await expect(heading).toBeInViewport();

    const operation = page.getByRole("article").filter({ has: heading });
    await operation.getByRole("link", { name: "SetSite" }).press("Enter");
    await expect(page.getByRole("heading", { name: "SetSite", exact: true })).toBeInViewport();
  });
});

/** Expands all sections; returns the violations that axe finds, and whether the page overflows sideways. */
async function layoutErrors(page: Page): Promise<string[]> {
  const overflowPx = await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    return document.documentElement.scrollWidth - innerWidth;
  });
  const axe = new AxeBuilder({ page });
  for (const part of CHECKED_BY_AXE) axe.include(part);
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.target.join(" ")}`);
  return overflowPx > 0 ? [...found, `${overflowPx} pixels too wide`] : found;
}
