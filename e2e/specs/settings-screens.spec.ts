// Screenshots of the settings and banners, in e2e/screenshots, and accessibility checks by axe.
import { DORA } from "../support/agent.js";
import { checkScreen } from "../support/screenshots.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, registration: "open", contextOptions: { reducedMotion: "reduce" } });
test.setTimeout(180_000);

const PASSWORD_RULE = "Use at least 8 characters, with upper- and lowercase letters and a number.";

test("the pages of an account fit every window and pass axe", async ({ owner, dora }) => {
  const { page } = dora;
  await page.goto(`${dora.origin}/app/register`);
  await expect(page.getByLabel("Workspace")).toBeVisible();
  await checkScreen(page, "register");
  await page.getByLabel("E-mail address").fill("dora@clapper");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(PASSWORD_RULE);
  await checkScreen(page, "register-errors");
  await page.getByLabel("Your name").fill(DORA.name);
  await page.getByLabel("E-mail address").fill(DORA.email);
  await page.getByLabel("Password").fill(DORA.password);
  await page.getByLabel("Workspace").fill("Clapper & Co");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Ask the operator of this server" })).toBeVisible();
  await checkScreen(page, "register-done");

  await page.getByRole("link", { name: "Sign in" }).click();
  await dora.fillSignIn(DORA.email, DORA.password);
  await expect(page.getByRole("alert")).toBeVisible();
  await checkScreen(page, "sign-in-not-verified");

  const link = await owner.mailedLink(DORA.email, "verify");
  await page.goto(link);
  await expect(page.getByRole("button", { name: "Confirm address" })).toBeVisible();
  await checkScreen(page, "verify");
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
  await checkScreen(page, "verify-done");
  await page.goto(`${dora.origin}/app/verify#none`);
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByRole("heading", { name: "This link has expired" })).toBeVisible();
  await checkScreen(page, "verify-too-old");

  await page.goto(`${dora.origin}/app/forgot`);
  await expect(page.getByText("This server can't send e-mail.")).toBeVisible();
  await checkScreen(page, "forgot");
  await page.getByLabel("E-mail address").fill(DORA.email);
  await page.getByRole("button", { name: "Request reset link" }).click();
  await expect(page.getByRole("heading", { name: "Ask the operator of this server" })).toBeVisible();
  await checkScreen(page, "forgot-done");
  await page.goto(await owner.mailedLink(DORA.email, "reset"));
  await expect(page.getByLabel("New password")).toBeVisible();
  await checkScreen(page, "reset");

  await page.goto(await owner.invite("agent", "edda@clapper.example"));
  await expect(page.getByLabel("Your name")).toBeVisible();
  await checkScreen(page, "invitation");
  await page.goto(await owner.invite("agent"));
  await page.getByRole("button", { name: "Already have an account? Sign in" }).click();
  await dora.fillSignIn(DORA.email, DORA.password);
  await expect(page.getByRole("button", { name: "Join workspace" })).toBeVisible();
  await checkScreen(page, "invitation-signed-in");
  await page.getByRole("button", { name: "Join workspace" }).click();
  await dora.expectLive();
  await expect(dora.account).toHaveAttribute("aria-expanded", "false");
  await dora.account.click();
  await expect(page.getByRole("menuitemradio", { name: "Clapper & Co" })).toBeVisible();
  await expect(dora.account).toHaveAttribute("aria-expanded", "true");
  await checkScreen(page, "account-menu-workspaces");
  await page.keyboard.press("Escape");
  await expect(dora.account).toHaveAttribute("aria-expanded", "false");
});

test("the settings fit every window and pass axe", async ({ owner, carla, dora }) => {
  const { page } = carla;
  await dora.join(await owner.invite("agent"));
  await owner.invite("admin", "edda@clapper.example");
  await owner.invite("agent");
  await owner.post("/api/v1/sites", { name: "Bells", allowed_origins: ["https://bells.example", "https://www.bells.example"] });
  await carla.signIn();
  await carla.openSettings("account");
  await expect(page.getByRole("list", { name: "Sessions" }).getByRole("listitem")).toHaveCount(2);
  const buffer = await page.screenshot({ scale: "css" });
  await page.getByLabel("Picture", { exact: true }).setInputFiles({ name: "face.png", mimeType: "image/png", buffer });
  await expect(carla.account.locator("img")).toBeVisible();
  await checkScreen(page, "settings-account", 1500);
  await page.getByRole("button", { name: "Change password…" }).click();
  await page.getByLabel("Current password").fill("Teapots-3-ever");
  await page.getByLabel("New password").fill("Teapots-5-ever");
  await page.getByRole("button", { name: "Change password", exact: true }).click();
  await expect(page.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  await checkScreen(page, "settings-password");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Set up…" }).click();
  await page.getByLabel("Your password").fill(carla.person.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  await checkScreen(page, "settings-two-factor");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Members" }).click();
  await expect(page.getByRole("list", { name: "Invitations" }).getByRole("listitem")).toHaveCount(2);
  await expect(page.getByRole("list", { name: "Members" }).locator("img")).toHaveCount(1);
  await checkScreen(page, "settings-members", 1200);
  await page.getByRole("button", { name: `Remove ${DORA.name}` }).click();
  await expect(page.getByLabel("Reassign open conversations to")).toBeVisible();
  await checkScreen(page, "settings-remove");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Invite member…" }).click();
  await page.getByLabel("By e-mail").check();
  await expect(page.getByLabel("E-mail address")).toBeVisible();
  await checkScreen(page, "settings-invite");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Sites" }).click();
  await expect(page.getByRole("list", { name: "Sites" }).getByRole("listitem")).toHaveCount(2);
  await checkScreen(page, "settings-sites", 1200);
  await page.getByRole("button", { name: "Edit Bells" }).click();
  await expect(page.getByLabel("Website addresses")).toBeVisible();
  await checkScreen(page, "settings-site");
  await page.keyboard.press("Escape");

  await dora.openSettings("members");
  await expect(dora.page.getByRole("list", { name: "Members" }).getByRole("listitem")).toHaveCount(2);
  await checkScreen(dora.page, "settings-members-agent");
});

test("settings that cannot be loaded show an error and a retry", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  await carla.signIn();
  await carla.page.route("**/api/v1/sites", (route) => route.abort());
  await carla.openSettings("sites");
  await expect(carla.page.getByText("Couldn't load the sites")).toBeVisible();
  await checkScreen(carla.page, "settings-sites-failed");
  await carla.page.unroute("**/api/v1/sites");
  await carla.page.getByRole("button", { name: "Try again" }).click();
  await expect(carla.page.getByRole("list", { name: "Sites" })).toContainText("Teapots by Oswald");
});

test("an operator in another workspace sees a banner, and leaves that workspace", async ({ owner, carla }) => {
  await owner.post("/api/v1/auth/register", { ...DORA, workspace: "Clapper & Co" });
  await owner.mailedLink(DORA.email, "verify");
  const { workspaces } = await owner.get<{ workspaces: { id: string; name: string }[] }>("/api/v1/operator/workspaces");
  const theirs = workspaces.find(({ name }) => name === "Clapper & Co");
  await carla.signIn();
  const enter = `${carla.origin}/api/v1/operator/workspaces/${theirs!.id}/enter`;
  const entered = await carla.page.request.post(enter, { headers: { "x-deskbell": "1", origin: carla.origin } });
  expect(entered.ok(), await entered.text()).toBe(true);
  await carla.page.reload();
  await expect(carla.page.getByText("You're in Clapper & Co as operator.")).toBeVisible();
  await carla.expectLive();
  await checkScreen(carla.page, "operator-entered");
  await carla.page.getByRole("button", { name: "Leave" }).click();
  await expect(carla.page.getByText("as operator.")).toHaveCount(0);
  await carla.account.click();
  await expect(carla.page.getByRole("menu").getByText("Oswald & Sons")).toBeVisible();
});
