// Suspended workspaces and maintenance mode.
import { eventually } from "../support/line.js";
import { expectGoodLooks } from "../support/looks.js";
import { WORKSPACE } from "../support/owner.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, registration: "open", contextOptions: { reducedMotion: "reduce" } });
test.setTimeout(180_000);

const OWN = "Clapper & Co";

test("dora sees which of her workspaces is suspended and why, and continues in the other", async ({ owner, dora }) => {
  await owner.welcome(dora, OWN);
  const { page } = dora;
  const heading = (name: string) => page.getByRole("heading", { name: `${name} is suspended` });
  await owner.suspend(OWN, "The bill is not paid");
  await dora.account.click();
  const own = page.getByRole("menuitemradio", { name: OWN });
  await expect(own).toContainText("Suspended");
  await expect(own).toHaveAttribute("aria-disabled", "true");
  await own.dispatchEvent("click");
  await expectGoodLooks(page, "account-menu-suspended");
  await page.keyboard.press("Escape");

  await owner.suspend(WORKSPACE, "Moving to another house");
  await expect(heading(WORKSPACE)).toBeVisible();
  await expect(page.getByText("Reason: Moving to another house")).toBeVisible();
  await expect(page.getByRole("button", { name: "Go to" })).toHaveCount(0);
  await expectGoodLooks(page, "suspended-everywhere");

  await owner.suspend(OWN);
  const other = page.getByRole("button", { name: `Go to ${OWN}` });
  await expect(other).toBeVisible({ timeout: 30_000 });
  await expectGoodLooks(page, "suspended");
  await other.click();
  await dora.expectLive();
  await expect(page.getByText("No conversations yet")).toBeVisible();
});

test("a member whose workspaces are all suspended sees that, and gets in once one is not", async ({ owner, dora }) => {
  await owner.welcome(dora, OWN);
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

test("an open dashboard shows the maintenance and its reason, and continues by itself", async ({ owner, dora, vera }) => {
  await dora.join(await owner.invite("agent"));
  const { page } = dora;
  await vera.ring();
  await vera.say("Does it ring?");
  await dora.open("Does it ring?");
  await dora.claim();

  await owner.maintain("A new bell is cast until noon.");
  const banner = page.getByRole("status").filter({ hasText: "Down for maintenance" });
  await expect(banner).toContainText("A new bell is cast until noon.");
  await dora.write("It will.");
  await expectGoodLooks(page, "maintenance");
  await owner.maintain();
  // After several attempts a client retries twice a minute.
  await expect(banner).toHaveCount(0, { timeout: 60_000 });
  await dora.expectLive();
  await eventually(() => dora.acknowledged()).toContain("It will.");

  await owner.maintain("A new bell is cast until noon.");
  await page.goto(`${dora.origin}/app/settings/members`);
  await expect(page.getByRole("heading", { name: "Down for maintenance" })).toBeVisible();
  await expect(page.getByText("A new bell is cast until noon.")).toBeVisible();
  await expectGoodLooks(page, "maintenance-at-start");
  await owner.maintain();
  await expect(page.getByRole("heading", { name: "Members" })).toBeVisible({ timeout: 30_000 });
  await dora.expectLive();
});
