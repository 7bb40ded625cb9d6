// Isolation: visitors do not see each other's messages, and pages of other origins get no panel.
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

test("vera and victor never see each other's messages", async ({ vera, victor, ada }) => {
  await vera.visitAndOpen();
  await victor.visitAndOpen();
  await vera.send("My code is four teapots.");
  await victor.send("My code is nine lids.");
  await ada.signIn();
  await ada.open("My code is four teapots.");
  await ada.claim();
  await ada.send("For Vera only.");
  await ada.open("My code is nine lids.");
  await ada.claim();
  await ada.send("For Victor only.");

  const messagesOfVera = [visitor("My code is four teapots."), agent("For Vera only.")];
  const messagesOfVictor = [visitor("My code is nine lids."), agent("For Victor only.")];
  await expectAllToSee(messagesOfVera, vera);
  await expectAllToSee(messagesOfVictor, victor, ada);
  await vera.visitAndOpen();
  await victor.visitAndOpen();
  await expectAllToSee(messagesOfVera, vera);
  await expectAllToSee(messagesOfVictor, victor);
  expect(await vera.visitorId()).not.toBe(await victor.visitorId());
});

test("a browser without a stored token is a new visitor with an empty thread", async ({ vera, victor }) => {
  await vera.visitAndOpen();
  await vera.send("This is between us.");
  await vera.page.evaluate(() => {
    localStorage.clear();
    document.cookie = "deskbell_demo=; Path=/; Max-Age=0";
  });
  await vera.visitAndOpen();
  await victor.visitAndOpen();
  for (const person of [vera, victor]) {
    await expect(person.panel.getByText("Hello, how can we help?")).toBeVisible();
    await expectAllToSee([], person);
  }
});

test.describe("a page of an origin that is not allowed", () => {
  test("shows no panel and works otherwise", async ({ vera, shop }) => {
    await vera.visit(shop.foreignOriginUrl);
    const refused = vera.page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
    await vera.launcher.click();
    await refused;
    await expect(vera.composer).toHaveCount(0);
    expect(await vera.visitorId()).toBeNull();

    await expect(vera.page.getByRole("heading", { name: "The short and stout" })).toBeVisible();
    await vera.page.getByRole("button", { name: "Add to basket" }).click();
    await vera.launcher.click();
    await expect(vera.launcher).toHaveAttribute("aria-expanded", "false");
    vera.errors.expectOnly(/frame-ancestors/);
  });
});
