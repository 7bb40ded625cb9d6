// Suspended workspaces and maintenance mode.
import { eventually } from "../support/transcript.js";
import { checkScreen } from "../support/screenshots.js";
import { WORKSPACE } from "../support/owner.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, registration: "open", contextOptions: { reducedMotion: "reduce" } });
test.setTimeout(180_000);

const OWN = "Clapper & Co";

test("dora sees which of her workspaces is suspended and why, and continues in the other", async ({ owner, dora }) => {
  await owner.registerAndJoin(dora, OWN);
  const { page } = dora;
  const heading = (name: string) => page.getByRole("heading", { name: `${name} is suspended` });
  await owner.suspend(OWN, "The bill is not paid");
  await dora.account.click();
  const own = page.getByRole("menuitemradio", { name: OWN });
  await expect(own).toContainText("Suspended");
  await expect(own).toHaveAttribute("aria-disabled", "true");
  await own.dispatchEvent("click");
  await checkScreen(page, "account-menu-suspended");
  await page.keyboard.press("Escape");

  await owner.suspend(WORKSPACE, "Moving to another house");
  await expect(heading(WORKSPACE)).toBeVisible();
  await expect(page.getByText("Reason: Moving to another house")).toBeVisible();
  await expect(page.getByRole("button", { name: "Go to" })).toHaveCount(0);
  await checkScreen(page, "suspended-everywhere");

  await owner.suspend(OWN);
  const other = page.getByRole("button", { name: `Go to ${OWN}` });
  await expect(other).toBeVisible({ timeout: 30_000 });
  await checkScreen(page, "suspended");
  await other.click();
  await dora.expectLive();
  await expect(page.getByText("No conversations yet")).toBeVisible();
});

test("a member whose workspaces are all suspended sees that, and signs in once one is resumed", async ({ owner, dora }) => {
  await owner.registerAndJoin(dora, OWN);
  await owner.suspend(OWN, "The bill is not paid");
  const { page } = dora;
  const heading = page.getByRole("heading", { name: `${WORKSPACE} is suspended` });
  await owner.suspend(WORKSPACE, "The bill is not paid");
  await expect(heading).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${dora.origin}/app/sign-in`);
  await dora.fillSignIn(dora.person.email, dora.person.password);
  await expect(heading).toBeVisible();
  await page.reload();
  await expect(heading).toBeVisible();
  await owner.suspend(WORKSPACE);
  await dora.expectLive();
});

test("an open dashboard shows the maintenance and its reason, and reconnects after it", async ({ owner, dora, vera }) => {
  await dora.join(await owner.invite("agent"));
  const { page } = dora;
  await vera.visitAndOpen();
  await vera.send("Does it ring?");
  await dora.open("Does it ring?");
  await dora.claim();

  await owner.setMaintenance("A new bell is cast until noon.");
  const banner = page.getByRole("status").filter({ hasText: "Down for maintenance" });
  await expect(banner).toContainText("A new bell is cast until noon.");
  await dora.write("It will.");
  await checkScreen(page, "maintenance");
  await owner.setMaintenance();
  // After several attempts a client retries twice a minute.
  await expect(banner).toHaveCount(0, { timeout: 60_000 });
  await dora.expectLive();
  await eventually(() => dora.acknowledged()).toContain("It will.");

  await owner.setMaintenance("A new bell is cast until noon.");
  await page.goto(`${dora.origin}/app/settings/members`);
  await expect(page.getByRole("heading", { name: "Down for maintenance" })).toBeVisible();
  await expect(page.getByText("A new bell is cast until noon.")).toBeVisible();
  await checkScreen(page, "maintenance-at-start");
  await owner.setMaintenance();
  await expect(page.getByRole("heading", { name: "Members" })).toBeVisible({ timeout: 30_000 });
  await dora.expectLive();
});
