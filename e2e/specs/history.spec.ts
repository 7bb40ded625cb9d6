// Long conversations: a person scrolls from the end to the beginning while new messages arrive.
import { scrollToStart, sendMany, sendContinuously } from "../support/history.js";
import { expect, test } from "../support/test.js";

test.setTimeout(240_000);

const COMPLETE = { missing: [], duplicated: [] };

test("ada scrolls back ten thousand messages while vera writes, and no row is missing or moves", async ({
  vera,
  ada,
  page,
}) => {
  const count = 10_000;
  await vera.visitAndOpen();
  await vera.send("Question 1");
  const token = await vera.token();
  await vera.page.goto("about:blank");
  await page.goto(ada.origin);
  await sendMany(page, token, 2, count);

  await ada.signIn();
  await ada.open(`Question ${count}`);
  const newest = ada.page.locator(".message").last();
  await expect(newest).toContainText(`Question ${count}`);
  const sending = sendContinuously(page, token, count + 1);
  const report = await scrollToStart(ada.page.locator(".message-scroll"), ".message-bubble", 240);
  const last = await sending.stop();
  expect(report).toMatchObject(COMPLETE);
  expect(report.largestJumpPx).toBeLessThanOrEqual(1);
  expect(report.mostRows).toBeLessThanOrEqual(700);

  await ada.page.getByRole("button", { name: "New messages" }).click();
  await expect(newest).toContainText(`Question ${last}`);
  await expect(newest).toBeInViewport({ ratio: 1 });
});

test("vera scrolls back a thousand of her own messages, and no row is missing or moves", async ({ vera, page, deskbell }) => {
  const count = 1_000;
  await vera.visitAndOpen();
  await vera.send("Question 1");
  await page.goto(deskbell.origin);
  await sendMany(page, await vera.token(), 2, count);
  await vera.visitAndOpen();
  await expect(vera.panel.locator(".bubble").last()).toContainText(`Question ${count}`);
  const sending = sendContinuously(page, await vera.token(), count + 1);
  const report = await scrollToStart(vera.panel.locator("#thread"), ".bubble__text", 60);
  await sending.stop();
  expect(report).toMatchObject(COMPLETE);
  expect(report.largestJumpPx).toBeLessThanOrEqual(1);
});
