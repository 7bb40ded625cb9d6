// Script injection: text that people enter is shown as text and never executed.
import type { Page } from "@playwright/test";

import { DORA } from "../support/agent.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, registration: "open" });
test.setTimeout(120_000);

const IMAGE = `<img src=x onerror=injected("i")>`;
const SCRIPT = `"><script>injected("s")</script>`;
const FRAME = `'><svg/onload=injected("f")>`;

test("scripts in text fields are shown as text", async ({ owner, carla, dora, vera, browser }) => {
  const executed = await recordInjections([carla.page, dora.page, vera.page]);

  // Names of a workspace and a site. Names of people cannot contain these characters.
  await owner.patch("/api/v1/workspace", { name: IMAGE });
  const { sites } = await owner.get<{ sites: { id: string }[] }>("/api/v1/sites");
  const widget = { title: FRAME, greeting: SCRIPT };
  await owner.patch(`/api/v1/sites/${sites[0]!.id}`, { name: SCRIPT, widget });
  await owner.post("/api/v1/blocks", { network: "203.0.113.9", note: IMAGE });
  await owner.post("/api/v1/tokens", { name: FRAME, scopes: ["conversations:read"] });

  // Messages of both sides, and the unverified identity that a page supplies.
  await vera.visit();
  await vera.identify({ external_id: SCRIPT, name: FRAME, email: `"${FRAME.replaceAll(" ", "")}"@mail.example` });
  await vera.openPanel();
  await expect(vera.panel.getByRole("heading", { name: FRAME })).toBeVisible();
  await vera.send(IMAGE);
  await vera.send(SCRIPT);
  await carla.signIn();
  await carla.open(SCRIPT);
  await carla.claim();
  await carla.send(FRAME);
  await carla.send(`javascript:injected("j")`);
  await expect(vera.panel.locator("#thread").getByText(FRAME)).toBeVisible();
  const details = carla.page.getByRole("complementary", { name: "About the visitor" });
  await expect(details.locator(".context-fact").filter({ hasText: "Site" })).toContainText(SCRIPT);
  await expect(details.getByText(FRAME, { exact: true })).toBeVisible();
  await expect(details.locator(".context-fact").filter({ hasText: "User ID" })).toContainText(SCRIPT);
  // An invalid e-mail address is not stored.
  await expect(details.locator(".context-fact").filter({ hasText: "E-mail" })).toHaveCount(0);

  // Form inputs that are shown again, in an error or in a list.
  const { page } = carla;
  await carla.openSettings("account");
  await page.getByLabel("Name", { exact: true }).fill(IMAGE);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await carla.openSettings("sites");
  await expect(page.getByText(SCRIPT).first()).toBeVisible();
  await page.getByRole("button", { name: "Add site…" }).click();
  await page.getByLabel("Name", { exact: true }).fill(FRAME);
  await page.getByLabel("Website addresses").fill(IMAGE.replaceAll(" ", ""));
  await page.getByRole("button", { name: "Add site", exact: true }).click();
  await expect(page.getByLabel("Website addresses")).toHaveAttribute("aria-invalid", "true");
  await carla.openSettings("members");
  await page.getByRole("button", { name: "Invite member…" }).click();
  await page.getByLabel("By e-mail").check();
  await page.getByLabel("E-mail address").fill(SCRIPT);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(page.getByLabel("E-mail address")).toHaveAttribute("aria-invalid", "true");

  // Texts that other people see: an invitation, an invalid link, the name of a browser.
  await dora.page.goto(await owner.invite("agent"));
  await expect(dora.page.getByRole("heading", { name: `Join ${IMAGE}` })).toBeVisible();
  await dora.page.goto(`${dora.origin}/app/verify#${encodeURIComponent(IMAGE)}`);
  await dora.page.getByRole("button", { name: "Confirm address" }).click();
  await expect(dora.page.getByRole("heading", { name: "This link has expired" })).toBeVisible();
  await dora.page.goto(`${dora.origin}/app/forgot`);
  await dora.page.getByLabel("E-mail address").fill(`${DORA.email}${SCRIPT}`);
  await dora.page.getByRole("button", { name: "Request reset link" }).click();
  await expect(dora.page.getByLabel("E-mail address")).toHaveAttribute("aria-invalid", "true");
  const context = await browser.newContext({ userAgent: IMAGE });
  const other = await context.newPage();
  await signInWith(other, carla.origin, carla.person);
  await carla.openSettings("account");
  await expect(page.getByRole("list", { name: "Sessions" }).getByRole("listitem")).toHaveCount(3);
  await context.close();

  await vera.page.reload();
  await vera.openPanel();
  await expect(vera.panel.locator("#thread").getByText(IMAGE)).toBeVisible();
  expect(executed).toEqual([]);
});

test("scripts in an operator's texts are shown as text", async ({ owner, dora, vera }) => {
  const executed = await recordInjections([dora.page, vera.page]);
  await owner.post("/api/v1/auth/register", { ...DORA, workspace: SCRIPT });
  await dora.page.goto(await owner.mailedLink(DORA.email, "verify"));
  await dora.page.getByRole("button", { name: "Confirm address" }).click();
  await expect(dora.page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
  await dora.signIn();
  const { workspaces } = await owner.get<{ workspaces: { id: string; name: string }[] }>("/api/v1/operator/workspaces");
  const hers = workspaces.find(({ name }) => name === SCRIPT)!;
  await owner.post(`/api/v1/operator/workspaces/${hers.id}/suspend`, { reason: IMAGE });
  await expect(dora.page.locator('.connection-chip[data-state="live"]')).toHaveCount(0);
  await dora.page.goto(`${dora.origin}/app/sign-in`);
  await expect(dora.page.getByRole("heading", { name: SCRIPT })).toBeVisible();
  await expect(dora.page.getByText(IMAGE)).toBeVisible();
  await owner.post(`/api/v1/operator/workspaces/${hers.id}/resume`);

  await owner.put("/api/v1/operator/maintenance", { on: true, message: IMAGE });
  await dora.page.goto(`${dora.origin}/app/sign-in`);
  await expect(dora.page.getByText(IMAGE)).toBeVisible();
  await vera.visit();
  await vera.launcher.click();
  await expect(vera.panel.getByText(IMAGE)).toBeVisible();
  expect(executed).toEqual([]);
});

test("scripts in the set-up form are shown as text", async ({ page, deskbell }) => {
  const executed = await recordInjections([page]);
  await page.goto(`${deskbell.origin}/setup`);
  const fields = ["Your name", "Workspace", "Website name", "Website address"];
  for (const label of fields) await page.getByLabel(label).fill(SCRIPT);
  await page.getByLabel("E-mail address").fill("carla@oswald.example");
  await page.getByLabel("Password").fill(IMAGE);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByLabel("Your name")).toHaveAttribute("aria-invalid", "true");
  for (const label of fields) await expect(page.getByLabel(label)).toHaveValue(SCRIPT);
  expect(executed).toEqual([]);
});

test.describe("the demo shop", () => {
  test.use({ demo: true });

  test("shows no text from its address", async ({ page, deskbell }) => {
    const executed = await recordInjections([page]);
    const shop = `${deskbell.origin.replace("127.0.0.1", "localhost")}/demo`;
    await page.goto(`${shop}?name=${encodeURIComponent(SCRIPT)}#${encodeURIComponent(IMAGE)}`);
    await page.getByRole("button", { name: "Open chat" }).click();
    const panel = page.locator("deskbell-widget .panel iframe").contentFrame();
    await panel.getByRole("textbox", { name: "Message" }).fill(IMAGE);
    await panel.getByRole("textbox", { name: "Message" }).press("Enter");
    await expect(panel.locator("#thread").getByText(IMAGE)).toBeVisible();
    expect(executed).toEqual([]);
  });
});

/** Records injected scripts that run, and injected elements. */
async function recordInjections(pages: Page[]): Promise<string[]> {
  const executed: string[] = [];
  for (const page of pages) {
    await page.exposeFunction("injected", (what: string) => executed.push(what));
    await page.addInitScript(() => {
      new MutationObserver(() => {
        const found = document.querySelector("img[onerror], svg[onload], script:not([src]):not([nonce]), a[href^='javascript:']");
        if (found) (window as unknown as { injected(what: string): void }).injected(found.outerHTML);
      }).observe(document, { childList: true, subtree: true });
    });
  }
  return executed;
}

async function signInWith(page: Page, origin: string, person: { email: string; password: string }): Promise<void> {
  await page.goto(`${origin}/app/sign-in`);
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator('.connection-chip[data-state="live"]')).toBeVisible();
}
