// Long conversations: a reader scrolls from the end to the beginning while new messages arrive.
import { readUp, writeMany, writeOn } from "../support/history.js";
import { expect, test } from "../support/test.js";

test.setTimeout(240_000);

const QUIET = { missed: [], doubled: [] };

test("ada scrolls back ten thousand messages while vera writes, and no line is missed or moves", async ({
  vera,
  ada,
  page,
}) => {
  const many = 10_000;
  await vera.ring();
  await vera.say("Question 1");
  const token = await vera.token();
  await vera.page.goto("about:blank");
  await page.goto(ada.origin);
  await writeMany(page, token, 2, many);

  await ada.signIn();
  await ada.open(`Question ${many}`);
  const newest = ada.page.locator(".message").last();
  await expect(newest).toContainText(`Question ${many}`);
  const writing = writeOn(page, token, many + 1);
  const reading = await readUp(ada.page.locator(".message-scroll"), ".message-bubble", 240);
  const last = await writing.stop();
  expect(reading).toMatchObject(QUIET);
  expect(reading.farthestJumpPx).toBeLessThanOrEqual(1);
  expect(reading.mostLines).toBeLessThanOrEqual(700);

  await ada.page.getByRole("button", { name: "New messages" }).click();
  await expect(newest).toContainText(`Question ${last}`);
  await expect(newest).toBeInViewport({ ratio: 1 });
});

test("vera scrolls back a thousand of her own messages", async ({ vera, page, deskbell }) => {
  const many = 1_000;
  await vera.ring();
  await vera.say("Question 1");
  await page.goto(deskbell.origin);
  await writeMany(page, await vera.token(), 2, many);
  await vera.ring();
  await expect(vera.panel.locator(".bubble").last()).toContainText(`Question ${many}`);
  const writing = writeOn(page, await vera.token(), many + 1);
  const reading = await readUp(vera.panel.locator("#thread"), ".bubble__text", 60);
  await writing.stop();
  expect(reading).toMatchObject(QUIET);
  expect(reading.farthestJumpPx).toBeLessThanOrEqual(1);
});
