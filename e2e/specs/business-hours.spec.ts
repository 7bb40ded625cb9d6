// Business hours and holidays in the settings, by mouse and by keyboard.
import type { Locator, Page } from "@playwright/test";

import { checkScreen } from "../support/screenshots.js";
import { expect, test } from "../support/test.js";

test.use({ demo: false, contextOptions: { reducedMotion: "reduce" } });

const CALENDAR = [
  "BEGIN:VCALENDAR",
  "BEGIN:VEVENT\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20201224\r\nDTEND;VALUE=DATE:20201227\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT",
  "BEGIN:VEVENT\r\nSUMMARY:Inventory\r\nDTSTART;VALUE=DATE:20990104\r\nEND:VEVENT",
  "BEGIN:VEVENT\r\nSUMMARY:Meeting\r\nDTSTART:20990104T100000Z\r\nEND:VEVENT",
  "END:VCALENDAR\r\n",
].join("\r\n");

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ALWAYS = DAYS.map((day) => ({ day, opens: "00:00", closes: "24:00" }));

const day = (page: Page, name: string): Locator => page.getByRole("group", { name, exact: true });
const holidays = (page: Page): Locator => page.getByRole("list", { name: "Holidays" }).getByRole("listitem");

test("carla sets the hours of a site, copies a day, and deletes them", async ({ owner, carla }) => {
  await owner.post("/api/v1/teams", { name: "Returns" });
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("business-hours");
  await expect(page.getByLabel("Hours of", { exact: true })).toHaveValue(/^sites\//);
  await expect(page.getByText("No business hours")).toBeVisible();
  await page.getByRole("button", { name: "Set business hours" }).click();
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Vienna");
  await expect(day(page, "Monday").getByLabel("Monday opens")).toHaveValue("09:00");
  await expect(day(page, "Sunday").getByText("Closed")).toBeVisible();

  await page.getByLabel("Time zone").fill("Vienna");
  await day(page, "Monday").getByRole("button", { name: "Add hours on Monday" }).click();
  await day(page, "Monday").getByLabel("Monday closes").first().fill("12:00");
  await day(page, "Monday").getByLabel("Monday opens").last().fill("11:00");
  await day(page, "Monday").getByLabel("Monday closes").last().fill("18:00");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Time zone")).toHaveAccessibleDescription(/^This time zone is not known/);
  await expect(day(page, "Monday").getByRole("alert")).toContainText("overlap");
  await expect(day(page, "Monday").getByLabel("Monday opens").last()).toHaveAccessibleDescription(/overlap/);
  await page.getByLabel("Time zone").fill("europe/kyiv");
  await day(page, "Monday").getByLabel("Monday opens").last().fill("13:00");
  await day(page, "Monday").getByRole("button", { name: "Copy hours of Monday" }).click();
  const copy = page.getByRole("dialog", { name: "Copy hours" });
  await expect(copy.getByLabel("Friday")).toBeChecked();
  await expect(copy.getByLabel("Sunday")).not.toBeChecked();
  await copy.getByLabel("Saturday").check();
  await copy.getByRole("button", { name: "Copy hours" }).click();
  await day(page, "Saturday").getByRole("button", { name: "Remove hours from 13:00 on Saturday" }).click();
  await day(page, "Sunday").getByRole("button", { name: "Add hours on Sunday" }).click();
  await day(page, "Sunday").getByLabel("Sunday opens").fill("20:00");
  await day(page, "Sunday").getByLabel("Sunday closes").fill("02:00");
  await expect(day(page, "Sunday").getByText("next day")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Business hours saved")).toBeVisible();
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Kyiv");
  await expect(page.getByText(/^(Open|Closed) now$/)).toBeVisible();
  await expect(page.getByText(/(Opens|Closes) (on \S+ )?at \d/)).toContainText("in Europe/Kyiv.");
  await page.reload();
  await expect(day(page, "Friday").getByLabel("Friday closes").last()).toHaveValue("18:00");
  await expect(day(page, "Saturday").getByLabel("Saturday closes")).toHaveValue("12:00");

  await page.getByLabel("Hours of", { exact: true }).selectOption("Team: Returns");
  await expect(page.getByText("No business hours")).toBeVisible();
  await page.getByLabel("Hours of", { exact: true }).selectOption("Site: Teapots by Oswald");
  await page.getByRole("button", { name: "Delete business hours…" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete these business hours?" });
  await expect(confirm).toContainText("The business hours of Teapots by Oswald are deleted.");
  await confirm.getByRole("button", { name: "Delete business hours" }).click();
  await expect(page.getByText("No business hours")).toBeVisible();
});

test("carla enters, changes and imports holidays", async ({ owner, carla, dora }) => {
  const { sites } = await owner.get<{ sites: { id: string }[] }>("/api/v1/sites");
  await owner.put(`/api/v1/business-hours/sites/${sites[0]!.id}`, { time_zone: "Europe/Vienna", week: ALWAYS });
  await dora.join(await owner.invite("agent"));
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("business-hours");
  await expect(page.getByText("Open now")).toBeVisible();
  await expect(day(page, "Monday").getByLabel("Monday closes")).toHaveValue("00:00");
  // What is not saved yet stays while holidays are saved.
  await day(page, "Monday").getByLabel("Monday closes").fill("23:00");
  await page.getByRole("button", { name: "Add holiday…" }).click();
  const add = page.getByRole("dialog", { name: "Add holiday" });
  await add.getByLabel("First day").fill("2026-12-31");
  await add.getByLabel("Last day").fill("2026-12-30");
  await add.getByRole("button", { name: "Add holiday" }).click();
  await expect(add.getByLabel("Name")).toHaveAccessibleDescription("Enter a name.");
  await add.getByLabel("Name").fill("New Year’s Eve");
  await add.getByRole("button", { name: "Add holiday" }).click();
  await expect(add.getByLabel("Last day")).toHaveAccessibleDescription("The last day must not be before the first one.");
  await add.getByLabel("Last day").fill("");
  await add.getByLabel("Repeat every year").check();
  await add.getByLabel("Other hours").check();
  await add.getByRole("button", { name: "Add holiday" }).click();
  await expect(holidays(page)).toHaveCount(1);
  await expect(holidays(page)).toContainText("31 Dec, every year");
  await expect(holidays(page)).toContainText("09:00–12:00");
  await expect(day(page, "Monday").getByLabel("Monday closes")).toHaveValue("23:00");

  await page.getByRole("button", { name: "Edit New Year’s Eve" }).click();
  const edit = page.getByRole("dialog", { name: "Edit holiday" });
  await edit.getByLabel("Repeat every year").uncheck();
  await edit.getByLabel("First day").fill("2099-12-30");
  await edit.getByLabel("Last day").fill("2099-12-31");
  await edit.getByLabel("Closed all day").check();
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(holidays(page)).toContainText("30 Dec 2099 – 31 Dec 2099");

  const file = { name: "holidays.ics", mimeType: "text/calendar", buffer: Buffer.from(CALENDAR) };
  await page.getByLabel("Import calendar…").last().setInputFiles(file);
  const imported = page.getByRole("dialog", { name: "Calendar imported" });
  await expect(imported).toContainText("2 holidays were added.");
  await expect(imported).toContainText("Line 12, Meeting: It is not an all-day event.");
  await checkScreen(page, "settings-holidays-imported");
  await imported.getByRole("button", { name: "Done" }).click();
  await expect(holidays(page)).toHaveCount(3);
  await expect(holidays(page).first()).toContainText("24 Dec – 26 Dec, every year");
  await page.getByLabel("Import calendar…").last().setInputFiles({ ...file, buffer: Buffer.from("hello") });
  await expect(page.getByText("This is not an iCalendar file.")).toBeVisible();

  await page.getByRole("button", { name: "Delete Inventory" }).click();
  await page.getByRole("dialog", { name: "Delete this holiday?" }).getByRole("button", { name: "Delete holiday" }).click();
  await expect(holidays(page)).toHaveCount(2);

  await dora.openSettings("business-hours");
  await expect(holidays(dora.page)).toHaveCount(2);
  await expect(dora.page.getByText("All day")).toHaveCount(7);
  await expect(dora.page.getByRole("button", { name: /Save|Add|Edit|Delete|Import|Copy/ })).toHaveCount(0);
});

test("the page asks again when a site opens, and its clock continues", async ({ owner, carla }) => {
  const { sites } = await owner.get<{ sites: { id: string }[] }>("/api/v1/sites");
  await owner.put(`/api/v1/business-hours/sites/${sites[0]!.id}`, { time_zone: "Europe/Vienna", week: ALWAYS });
  const { page } = carla;
  await carla.signIn();
  await page.clock.install();
  // The first answer is from the time before it opened.
  await page.route("**/api/v1/business-hours", async (route) => {
    const json = await (await route.fetch()).json();
    const opens = { open_now: false, next_change_at: Date.now() + 150_000, next_change_local: "2099-01-04T09:00" };
    Object.assign(json.business_hours[0], opens, { local_now: "2099-01-04T08:57" });
    await route.fulfill({ json });
  }, { times: 1 });
  await carla.openSettings("business-hours");
  const status = page.getByRole("main").getByText(/It is \d/);
  await expect(status).toHaveText("Opens at 09:00. It is 08:57 in Europe/Vienna.");
  await expect(page.getByText("Closed now")).toBeVisible();
  await page.clock.fastForward(120_000);
  await expect(status).toHaveText("Opens at 09:00. It is 08:59 in Europe/Vienna.");
  await page.clock.fastForward(60_000);
  await expect(page.getByText("Open now")).toBeVisible();
  await expect(status).not.toContainText("Opens");
});

test("carla sets hours on a phone with the keyboard alone", async ({ owner, carla }) => {
  expect(owner.snippet).toBeTruthy();
  const { page } = carla;
  await page.setViewportSize({ width: 390, height: 844 });
  await carla.signIn();
  await carla.openSettings("business-hours");
  await page.getByRole("button", { name: "Set business hours" }).press("Enter");
  await page.getByLabel("Time zone").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Asia/Kolkata");
  await day(page, "Monday").getByRole("button", { name: "Remove hours from 09:00 on Monday" }).press("Enter");
  await expect(day(page, "Monday").getByText("Closed")).toBeVisible();
  await day(page, "Saturday").getByRole("button", { name: "Add hours on Saturday" }).press("Enter");
  await day(page, "Saturday").getByLabel("Saturday opens").focus();
  await page.keyboard.type("1030");
  await page.getByLabel("Time zone").press("Enter");
  await expect(page.getByText("Business hours saved")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Time zone")).toHaveValue("Asia/Kolkata");
  await expect(day(page, "Monday").getByText("Closed")).toBeVisible();
  await expect(day(page, "Saturday").getByLabel("Saturday opens")).toHaveValue("10:30");
});

test("the business hours fit every window and pass axe", async ({ owner, carla, dora }) => {
  test.setTimeout(180_000);
  const { sites } = await owner.get<{ sites: { id: string }[] }>("/api/v1/sites");
  const path = `/api/v1/business-hours/sites/${sites[0]!.id}`;
  await dora.join(await owner.invite("agent"));
  const { page } = carla;
  await carla.signIn();
  await carla.openSettings("business-hours");
  await expect(page.getByText("No business hours")).toBeVisible();
  await checkScreen(page, "settings-hours-empty");
  const week = DAYS.slice(0, 5).flatMap((day) => [
    { day, opens: "09:00", closes: "12:00" },
    { day, opens: "13:00", closes: "17:30" },
  ]);
  week.push({ day: "saturday", opens: "20:00", closes: "02:00" });
  const listed = [
    { name: "Christmas", from: "2026-12-24", to: "2026-12-26", yearly: true },
    { name: "Stocktaking of the whole warehouse, and of the shop", from: "2027-01-04", hours: [{ opens: "13:00", closes: "17:30" }] },
  ];
  await owner.put(path, { time_zone: "Europe/Vienna", week, holidays: listed });
  await page.reload();
  await expect(holidays(page)).toHaveCount(2);
  await checkScreen(page, "settings-hours", 1700);
  await page.getByRole("button", { name: "Copy hours of Monday" }).click();
  await expect(page.getByRole("dialog", { name: "Copy hours" })).toBeVisible();
  await checkScreen(page, "settings-hours-copy");
  await page.keyboard.press("Escape");
  await page.getByLabel("Time zone").fill("Vienna");
  await day(page, "Tuesday").getByLabel("Tuesday opens").last().fill("11:00");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(day(page, "Tuesday").getByRole("alert")).toBeVisible();
  await checkScreen(page, "settings-hours-errors", 1700);
  await page.getByRole("button", { name: "Edit Stocktaking" }).click();
  await expect(page.getByRole("dialog", { name: "Edit holiday" })).toBeVisible();
  await checkScreen(page, "settings-holiday");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete business hours…" }).click();
  await checkScreen(page, "settings-hours-delete");
  await page.keyboard.press("Escape");
  await dora.openSettings("business-hours");
  await expect(holidays(dora.page)).toHaveCount(2);
  await checkScreen(dora.page, "settings-hours-agent", 1200);
  await page.route("**/api/v1/business-hours", (route) => route.abort());
  await page.reload();
  await expect(page.getByText("Couldn't load the business hours")).toBeVisible();
  await checkScreen(page, "settings-hours-failed");
});
