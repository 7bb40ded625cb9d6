// The teams of a workspace in the settings, by mouse and by keyboard.
import type { Page } from "@playwright/test";

import { DORA } from "../support/agent.js";
import { CARLA } from "../support/owner.js";
import { checkScreen } from "../support/screenshots.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, contextOptions: { reducedMotion: "reduce" } });

const teams = (page: Page) => page.getByRole("list", { name: "Teams" }).getByRole("listitem");

test("carla creates a team, changes it and deletes it", async ({ owner, carla, dora }) => {
  const { page } = carla;
  await dora.join(await owner.invite("agent"));
  await carla.signIn();
  await carla.openSettings("teams");
  await expect(page.getByText("No teams yet")).toBeVisible();
  await page.getByRole("button", { name: "Create team…" }).click();
  const dialog = page.getByRole("dialog", { name: "Create team" });
  await dialog.getByLabel("Name").fill("R");
  await dialog.getByLabel("Languages").fill("e1");
  await dialog.getByRole("button", { name: "Create team" }).click();
  await expect(dialog.getByLabel("Name")).toHaveAccessibleDescription("Enter a name (2 to 50 characters).");
  await expect(dialog.getByLabel("Languages")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Name").fill("Returns");
  await dialog.getByLabel("Languages").fill("en, PT-br");
  await dialog.getByLabel(DORA.name).check();
  await dialog.getByLabel("Teapots by Oswald").check();
  await dialog.getByLabel("Green").check();
  await dialog.getByRole("button", { name: "Create team" }).click();
  await expect(teams(page)).toHaveCount(1);
  await expect(teams(page)).toContainText(`1 member: ${DORA.name.split(" ")[0]}`);
  await expect(teams(page)).toContainText("Teapots by Oswald; English");

  await page.getByRole("button", { name: "Create team…" }).click();
  await dialog.getByLabel("Name").fill("RETURNS");
  await dialog.getByRole("button", { name: "Create team" }).click();
  await expect(dialog.getByLabel("Name")).toHaveAccessibleDescription("Another team has this name. Choose another one.");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Edit Returns" }).click();
  const edit = page.getByRole("dialog", { name: "Edit team" });
  await expect(edit.getByLabel("Languages")).toHaveValue("en, pt-BR");
  await expect(edit.getByLabel("Green")).toBeChecked();
  await edit.getByLabel("Name").fill("Refunds");
  await edit.getByLabel(CARLA.name).check();
  await edit.getByLabel("Teapots by Oswald").uncheck();
  await edit.getByLabel("Languages").fill("");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(teams(page)).toContainText("2 members");
  await expect(teams(page)).toContainText("All sites; all languages");

  await dora.openSettings("teams");
  await expect(teams(dora.page)).toContainText("Refunds");
  await expect(dora.page.getByRole("button", { name: /team…|Edit|Delete/ })).toHaveCount(0);

  await page.getByRole("button", { name: "Delete Refunds" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete this team?" });
  await expect(confirm).toContainText("Its 2 members stay in this workspace.");
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await expect(teams(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Delete Refunds" }).click();
  await confirm.getByRole("button", { name: "Delete team" }).click();
  await expect(page.getByText("No teams yet")).toBeVisible();
});

test("carla creates and deletes a team on a phone with the keyboard alone", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await page.setViewportSize({ width: 390, height: 844 });
  await carla.signIn();
  await carla.openSettings("teams");
  await page.getByRole("button", { name: "Create team…" }).press("Enter");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Sales");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("checkbox", { name: CARLA.name })).toBeFocused();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Languages")).toBeFocused();
  await page.keyboard.type("de");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("None")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByLabel("Red")).toBeChecked();
  await page.keyboard.press("Enter");
  await expect(teams(page)).toContainText("1 member: Carla");
  await expect(teams(page)).toContainText("German");
  await page.getByRole("button", { name: "Delete Sales" }).press("Enter");
  const confirm = page.getByRole("dialog", { name: "Delete this team?" });
  await expect(confirm.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No teams yet")).toBeVisible();
});

test("the teams fit every window and pass axe", async ({ owner, carla, dora }) => {
  test.setTimeout(180_000);
  const { page } = carla;
  await dora.join(await owner.invite("agent"));
  await carla.signIn();
  await carla.openSettings("teams");
  await expect(page.getByText("No teams yet")).toBeVisible();
  await checkScreen(page, "settings-teams-empty");
  const { members } = await owner.get<{ members: { user_id: string }[] }>("/api/v1/members");
  const member_ids = members.map(({ user_id }) => user_id);
  await owner.post("/api/v1/teams", { name: "Returns", color: "#2e8540", member_ids, languages: ["en", "de", "pt-BR"] });
  await owner.post("/api/v1/teams", { name: "Accounts and everything about invoices, really", color: "#c8372d" });
  await owner.post("/api/v1/teams", { name: "مبيعات", member_ids: member_ids.slice(1), languages: ["ar"] });
  await page.reload();
  await expect(teams(page)).toHaveCount(3);
  await checkScreen(page, "settings-teams");
  await page.getByRole("button", { name: "Edit Returns" }).click();
  await expect(page.getByLabel("Name")).toHaveValue("Returns");
  await checkScreen(page, "settings-team");
  await page.getByLabel("Languages").fill("e1");
  await page.getByLabel("Name").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Languages")).toHaveAttribute("aria-invalid", "true");
  await checkScreen(page, "settings-team-errors");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete Returns" }).click();
  await expect(page.getByRole("button", { name: "Delete team" })).toBeVisible();
  await checkScreen(page, "settings-team-delete");
  await page.keyboard.press("Escape");
  await page.route("**/api/v1/teams", (route) => route.abort());
  await page.reload();
  await expect(page.getByText("Couldn't load the teams")).toBeVisible();
  await checkScreen(page, "settings-teams-failed");
});
