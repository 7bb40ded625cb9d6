// The dashboard on a phone: it hides and truncates nothing that a wide screen shows.
import { expect, test } from "../support/test.js";

test.use({ viewport: { width: 390, height: 844 } });

test("before the first conversation the inbox on a phone explains what to do", async ({ ada }) => {
  await ada.signIn();
  await expect(ada.page.getByText("No conversations yet")).toBeInViewport();
  await expect(ada.page.getByRole("textbox", { name: "Snippet" })).toContainText("/deskbell.js");
  await expect(ada.page.getByRole("button", { name: "Copy" })).toBeInViewport();
});

test("the head of a conversation is not cut on a phone", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is the walnut stand sold alone?");
  await ada.signIn();
  await ada.open("Is the walnut stand sold alone?");
  await ada.claim();
  for (const part of ["h2", ".thread-where"]) {
    const cut = await ada.page.locator(`.thread-head ${part}`).evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(cut, part).toBeLessThanOrEqual(0);
  }
  await expect(ada.page.locator(".thread-where")).toContainText("Assigned to you");
  for (const name of ["Back to the list", "Resolve", "More actions", "Details"]) {
    await expect(ada.page.locator(".thread-head").getByRole("button", { name })).toBeInViewport({ ratio: 1 });
  }
  const head = await ada.page.locator(".thread-head").boundingBox();
  expect(head!.height, "one row").toBeLessThanOrEqual(72);
});

test("an open conversation on a phone shows that the connection is lost", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is the walnut stand sold alone?");
  await ada.signIn();
  await ada.open("Is the walnut stand sold alone?");
  await deskbell.kill();
  await expect(ada.page.locator(".thread").getByRole("status").filter({ hasText: "Reconnecting…" })).toBeVisible();
  await expect(ada.page.getByRole("button", { name: "Retry now" })).toBeVisible();
  await deskbell.start();
  await expect(ada.page.locator(".banner-stale:visible")).toHaveCount(0);
});
