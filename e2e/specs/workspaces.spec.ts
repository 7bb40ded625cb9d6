// A workspace and its people: invitations, roles, sites, and a user who belongs to two.
import { createHmac } from "node:crypto";

import { DORA } from "../support/agent.js";
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { checkScreen } from "../support/screenshots.js";
import { CARLA, WORKSPACE } from "../support/owner.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false });

test("a new member accepts an invitation and replies to a visitor", async ({ owner, carla, dora, vera }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await carla.signIn();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Invite member…" }).click();
  await page.getByLabel("With a link").check();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Share this link" });
  const link = await dialog.locator("code").innerText();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("list", { name: "Invitations" })).toContainText("Anyone with the link");

  await dora.page.goto(link);
  await expect(dora.page).toHaveURL(`${dora.origin}/app/invitation`);
  await expect(dora.page.getByRole("heading", { name: `Join ${WORKSPACE}` })).toBeVisible();
  await dora.join(link);

  await vera.visitAndOpen();
  await vera.send("Do you still make the short one?");
  await dora.open("Do you still make the short one?");
  await dora.claim();
  await dora.send("Short and stout, since 1823.");
  const messages = [visitor("Do you still make the short one?"), agent("Short and stout, since 1823.")];
  await expectAllToSee(messages, vera, dora);

  const reminder = dora.page.getByText(`Confirm ${DORA.email} before you sign in the next time.`);
  await expect(reminder).toContainText("ask its operator for the link");
  await dora.page.screenshot({ path: "screenshots/unconfirmed-light.png" });
  await dora.page.emulateMedia({ colorScheme: "dark" });
  await dora.page.screenshot({ path: "screenshots/unconfirmed-dark.png" });
  await dora.page.goto(await owner.mailedLink(DORA.email, "verify"));
  await dora.page.getByRole("button", { name: "Confirm address" }).click();
  await expect(dora.page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
  await dora.page.goto(`${dora.origin}/app`);
  await dora.expectLive();
  await expect(reminder).toHaveCount(0);

  await dora.page.goto(link);
  await expect(dora.page.getByText("It was already accepted.")).toBeVisible();
});

test("the link of a revoked invitation is not valid", async ({ owner, carla, dora }) => {
  const link = await owner.invite("agent", DORA.email);
  await carla.signIn();
  await carla.openSettings("members");
  await carla.page.getByRole("button", { name: `Revoke: ${DORA.email}` }).click();
  await carla.page.getByRole("dialog", { name: "Revoke this invitation?" }).getByRole("button", { name: "Revoke" }).click();
  await expect(carla.page.getByText("No pending invitations")).toBeVisible();
  await dora.page.goto(link);
  await expect(dora.page.getByText("It was revoked.")).toBeVisible();
});

test("carla changes dora's role, and reassigns her conversations", async ({ owner, carla, dora, vera }) => {
  await dora.join(await owner.invite("agent"));
  await vera.visitAndOpen();
  await vera.send("Is the lid included?");
  await dora.open("Is the lid included?");
  await dora.claim();
  await dora.openSettings("sites");
  await expect(dora.page.getByText("Teapots by Oswald")).toBeVisible();
  await expect(dora.page.getByRole("button", { name: "Add site…" })).toHaveCount(0);

  await carla.signIn();
  await carla.openSettings("members");
  const { page } = carla;
  await page.getByLabel(`Role of ${DORA.name}`).selectOption("Admin");
  await expect(page.getByText(`${DORA.name} becomes an admin right away.`)).toBeVisible();
  await page.getByRole("button", { name: "Change role" }).click();
  await expect(dora.page.getByRole("button", { name: "Add site…" })).toBeVisible();
  await page.getByRole("button", { name: `Remove ${DORA.name}` }).click();
  const dialog = page.getByRole("dialog", { name: "Remove this member?" });
  await dialog.getByLabel("Reassign open conversations to").selectOption(CARLA.name);
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("list", { name: "Members" }).getByRole("listitem")).toHaveCount(1);
  await expect(dora.page).toHaveURL(`${dora.origin}/app/sign-in`, { timeout: 20_000 });
  await page.getByRole("button", { name: /^Inbox/ }).click();
  await carla.open("Is the lid included?");
  await carla.send("It is, and it fits.");
});

test("dora's dashboard is updated when her role changes and keeps her draft", async ({ owner, carla, dora, vera }) => {
  await dora.join(await owner.invite("agent"));
  await carla.signIn();
  await carla.openSettings("members");
  const role = carla.page.getByLabel(`Role of ${DORA.name}`);
  await vera.visitAndOpen();
  await vera.send("Does it whistle?");
  await dora.open("Does it whistle?");
  await dora.claim();
  await dora.composer.fill("It sings.");
  const reloaded = dora.page.waitForResponse("**/api/v1/me");
  const change = async (name: string): Promise<void> => {
    await role.selectOption(name);
    await carla.page.getByRole("button", { name: "Change role" }).click();
  };
  await role.selectOption("Admin");
  await carla.page.getByRole("button", { name: "Cancel" }).click();
  await expect(role).toHaveValue("agent");
  await change("Admin");
  await reloaded;
  await expect(dora.composer).toHaveValue("It sings.");

  await dora.openSettings("members");
  const invite = dora.page.getByRole("button", { name: "Invite member…" });
  await expect(invite).toBeVisible();
  await change("Agent");
  await expect(invite).toHaveCount(0);
  await expect(dora.page.getByRole("list", { name: "Members" }).getByRole("listitem")).toHaveCount(2);
  await change("Admin");
  await expect(invite).toBeVisible();
  await expect(dora.page.getByLabel(`Role of ${DORA.name}`)).toBeVisible();
});

test("the last owner cannot leave", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  await carla.signIn();
  await carla.openSettings("members");
  await carla.page.getByRole("button", { name: `Leave ${CARLA.name}` }).click();
  await carla.page.getByRole("dialog", { name: "Leave this workspace?" }).getByRole("button", { name: "Leave" }).click();
  await expect(carla.page.getByRole("dialog").getByRole("alert")).toContainText("owner");
});

test("a site is added, corrected, given a new key and deleted", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("sites");
  const sites = page.getByRole("list", { name: "Sites" }).getByRole("listitem");
  await expect(sites).toHaveCount(1);
  await page.getByRole("button", { name: "Add site…" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Bells by Oswald");
  await page.getByLabel("Website addresses").fill("bells.example/shop");
  await page.getByRole("button", { name: "Add site", exact: true }).click();
  await expect(page.getByLabel("Website addresses")).toHaveAccessibleDescription(/is not a website address/);
  await page.getByLabel("Website addresses").fill("https://bells.example\nhttps://www.bells.example");
  await page.getByRole("button", { name: "Add site", exact: true }).click();
  await expect(sites).toHaveCount(2);
  const bells = sites.filter({ hasText: "Bells by Oswald" });
  await expect(bells).toContainText("https://bells.example, https://www.bells.example");

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const snippet = await bells.locator("code").innerText();
  await bells.getByRole("button", { name: "Copy" }).click();
  await expect(bells.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(snippet);

  await bells.getByRole("button", { name: "New key" }).click();
  await page.getByRole("button", { name: "Replace key" }).click();
  await expect(bells.locator("code")).not.toHaveText(snippet);
  await bells.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Bells");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(sites.filter({ hasText: "Bells" })).toHaveCount(1);
  await page.getByRole("button", { name: "Delete Bells" }).click();
  await page.getByRole("button", { name: "Delete site" }).click();
  await expect(sites).toHaveCount(1);
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("members and invited addresses are not invited again, and a link replaces the e-mail", async ({ owner, carla }) => {
  await owner.invite("agent", DORA.email);
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("members");
  await page.getByRole("button", { name: "Invite member…" }).click();
  await expect(page.getByLabel("With a link"), "where no mail server is configured").toBeChecked();
  await page.getByLabel("By e-mail").check();
  const field = page.getByLabel("E-mail address");
  await expect(page.getByText("You'll get a link to share yourself.")).toBeVisible();
  for (const [email, why] of [
    [CARLA.email, /already a member/],
    [DORA.email, /already invited/],
  ] as const) {
    await field.fill(email);
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await expect(field).toHaveAccessibleDescription(why);
  }
  await field.fill("edda@clapper.example");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Share this link" })).toContainText("edda@clapper.example was not notified");
});

test("carla sees which identities the shop has verified", async ({ owner, carla, vera, victor }) => {
  const { sites } = await owner.get<{ sites: { id: string }[] }>("/api/v1/sites");
  const { secret } = await owner.post<{ secret: string }>(`/api/v1/sites/${sites[0]!.id}/identity-secret`);
  const verified = { external_id: "4711", hash: createHmac("sha256", secret).update("4711").digest("hex"), name: "Vera" };
  await vera.visit();
  await vera.identify(verified);
  await vera.openPanel();
  await vera.send("It is me.");
  await victor.visit();
  await victor.identify({ external_id: "4711", name: "Vera", email: "vera@mail.example" });
  await victor.openPanel();
  await victor.send("It is me, too.");

  await carla.signIn();
  await carla.open("It is me.");
  const details = carla.page.getByRole("complementary", { name: "About the visitor" });
  await expect(details.getByText("Verified by your website")).toBeVisible();
  await expect(carla.page.locator(".thread-head").getByText("Verified by your website")).toBeAttached();
  await checkScreen(carla.page, "inbox-verified");
  await carla.open("It is me, too.");
  await expect(details.locator(".context-fact").filter({ hasText: "Site" })).toContainText("Teapots by Oswald");
  await expect(details.getByText("Verified by your website")).toHaveCount(0);
  await expect(details.getByText("Name given by the website, not verified")).toBeVisible();
  await expect(details.locator(".context-fact").filter({ hasText: "E-mail" })).toHaveText(/vera@mail\.example\s*not verified/);
  await expect(details.locator(".context-fact").filter({ hasText: "User ID" })).toHaveText(/4711\s*not verified/);
  await expect(carla.row("It is me.").getByTitle("Verified by your website")).toBeVisible();
  await expect(carla.row("It is me, too.").getByTitle("Verified by your website")).toHaveCount(0);
  await expect(carla.page.locator(".thread-head").getByText("Verified by your website")).toHaveCount(0);
  await checkScreen(carla.page, "inbox-not-verified");
});

test.describe("the demo's site", () => {
  test.use({ demo: true });

  test("is saved without a change", async ({ ada }) => {
    const { page } = ada;
    await ada.signIn();
    await ada.openSettings("sites");
    await page.getByRole("button", { name: /^Edit / }).first().click();
    await expect(page.getByLabel("Website addresses")).toHaveValue(/localhost/);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("dialog")).toBeHidden();
  });
});

test.describe("with open registration", () => {
  test.use({ registration: "open" });

  test("a member of two workspaces switches between them", async ({ owner, dora, vera }) => {
    await owner.registerAndJoin(dora, "Clapper & Co");

    await vera.visitAndOpen();
    await vera.send("Anybody there?");
    await dora.open("Anybody there?");
    await dora.account.click();
    await expect(dora.page.getByRole("menuitemradio", { name: WORKSPACE })).toHaveAttribute("aria-checked", "true");
    await dora.page.getByRole("menuitemradio", { name: "Clapper & Co" }).click();
    await expect(dora.page.getByText("No conversations yet")).toBeVisible();
    await expect(dora.page.getByText("Anybody there?")).toHaveCount(0);
    await dora.expectLive();
    await dora.account.click();
    await dora.page.getByRole("menuitemradio", { name: WORKSPACE }).click();
    await dora.open("Anybody there?");
  });
});
