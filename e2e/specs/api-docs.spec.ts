// The reader's page of the API: no script, nothing that sticks out, whole by keyboard.
import { AxeBuilder } from "@axe-core/playwright";

import { expectGoodLooks } from "../support/looks.js";
import { expect, test } from "../support/test.js";

test.setTimeout(120_000);

test("the page of the API looks good, and says where to begin", async ({ deskbell, page }) => {
  await page.goto(deskbell.origin);
  await page.getByRole("link", { name: "Read about the API" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "The Deskbell API" })).toBeVisible();
  await page.goto(`${deskbell.origin}/api/docs#patch_sites_id`);
  await expect(page.getByRole("heading", { name: "PATCH /api/v1/sites/{id}" })).toBeInViewport();
  // What is folded away is read as well; the pictures are of the page as it is found.
  await page.getByRole("article").locator("details").first().locator("summary").click();
  await expectGoodLooks(page, "api-docs");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false, viewport: { width: 360, height: 780 } });

  test("the page of the API is read from its contents on, by keyboard", async ({ deskbell, page }) => {
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

test("the whole page is good to read at 360 pixels, with everything unfolded", async ({ deskbell, page }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 780 });
    await page.goto(`${deskbell.origin}/api/docs`);
    const wide = await page.evaluate(() => {
      for (const fold of document.querySelectorAll("details")) fold.open = true;
      return document.documentElement.scrollWidth - innerWidth;
    });
    expect(wide).toBeLessThanOrEqual(0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
  }
});
