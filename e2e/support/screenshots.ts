// Screenshots of a screen in both colour schemes and three sizes, and accessibility checks by axe in the two sizes that
// differ most.
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const SIZES = [
  { width: 1440, height: 900, isRead: true },
  { width: 1024, height: 768, isRead: false },
  { width: 390, height: 844, isRead: true },
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
// The only rules for which colours matter: the structure of a screen is the same in both schemes.
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
const FOLDER = fileURLToPath(new URL("../screenshots", import.meta.url));

/**
 * Takes the screenshots, named `<screen>-<scheme>-<width>.png`, and runs axe. A screen with an inner scroller
 * is shown in full in a window of the height `tall`.
 */
export async function checkScreen(page: Page, screen: string, tall = 0): Promise<void> {
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of SIZES) {
      await page.setViewportSize({ width: size.width, height: Math.max(size.height, tall) });
      const name = `${screen}-${colorScheme}-${size.width}`;
      await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: "disabled", fullPage: true });
      for (const frame of page.frames()) expect.soft(await frame.evaluate(overflow), name).toEqual({ x: 0, y: 0 });
      if (size.width < 640) expect.soft(await page.evaluate(smallTargets), name).toEqual([]);
      if (!size.isRead) continue;
      const axe = new AxeBuilder({ page });
      if (colorScheme === "light") axe.withTags(RULES);
      else axe.withRules(COLOUR_RULES);
      const { violations } = await axe.analyze();
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
      );
      expect.soft(found, name).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before) await page.setViewportSize(before);
}

/** Touch targets below the minimum size of 44 pixels. Links in running text may be smaller. */
function smallTargets(): string[] {
  // Pages of shops are not checked.
  if (!document.querySelector(".workspace, .entry")) return [];
  const tappable = "button, select, summary, input:not([type=checkbox], [type=radio], [type=file]), a, label.choice, [role=option]";
  const found: string[] = [];
  for (const it of document.querySelectorAll(tappable)) {
    const { width, height } = it.getBoundingClientRect();
    const isInText = it.tagName === "A" && it.closest("p, dd, pre, h1, h2, h3, td") !== null;
    if (isInText || !it.checkVisibility({ visibilityProperty: true }) || width <= 1) continue;
    if (Math.round(width) < 44 || Math.round(height) < 44)
      found.push(`${it.tagName} ${it.className} “${it.textContent?.trim()}”: ${Math.round(width)} × ${Math.round(height)}`);
  }
  return [...new Set(found)];
}

/** The overflow of a document: horizontal for all pages, vertical for the panel and the dashboard only. */
function overflow(): { x: number; y: number } {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const isProgram = document.querySelector(".workspace, .panel") !== null;
  return {
    x: Math.max(0, scrollWidth - innerWidth),
    y: isProgram ? Math.max(0, scrollHeight - innerHeight) : 0,
  };
}
