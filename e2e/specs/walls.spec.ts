// Isolation: visitors do not see each other's messages, and pages of other origins get no panel.
import { agent, expectAllToSee, visitor } from "../support/line.js";
import { expect, test } from "../support/test.js";

test("vera and victor never see each other's messages", async ({ vera, victor, ada }) => {
  await vera.ring();
  await victor.ring();
  await vera.say("My code is four teapots.");
  await victor.say("My code is nine lids.");
  await ada.signIn();
  await ada.open("My code is four teapots.");
  await ada.claim();
  await ada.say("For Vera only.");
  await ada.open("My code is nine lids.");
  await ada.claim();
  await ada.say("For Victor only.");

  const veras = [visitor("My code is four teapots."), agent("For Vera only.")];
  const victors = [visitor("My code is nine lids."), agent("For Victor only.")];
  await expectAllToSee(veras, vera);
  await expectAllToSee(victors, victor, ada);
  await vera.ring();
  await victor.ring();
  await expectAllToSee(veras, vera);
  await expectAllToSee(victors, victor);
  expect(await vera.identity()).not.toBe(await victor.identity());
});

test("a browser without a stored token is a new visitor with an empty thread", async ({ vera, victor }) => {
  await vera.ring();
  await vera.say("This is between us.");
  await vera.page.evaluate(() => {
    localStorage.clear();
    document.cookie = "deskbell_demo=; Path=/; Max-Age=0";
  });
  await vera.ring();
  await victor.ring();
  for (const person of [vera, victor]) {
    await expect(person.panel.getByText("Hello, how can we help?")).toBeVisible();
    await expectAllToSee([], person);
  }
});

test.describe("a page of an origin that nobody allowed", () => {
  test("shows no panel and works otherwise", async ({ vera, shop }) => {
    await vera.visit(shop.strangeUrl);
    const refused = vera.page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
    await vera.launcher.click();
    await refused;
    await expect(vera.composer).toHaveCount(0);
    expect(await vera.identity()).toBeNull();

    await expect(vera.page.getByRole("heading", { name: "The short and stout" })).toBeVisible();
    await vera.page.getByRole("button", { name: "Add to basket" }).click();
    await vera.launcher.click();
    await expect(vera.launcher).toHaveAttribute("aria-expanded", "false");
    vera.witness.expectOnly(/frame-ancestors/);
  });
});
