// Drafts of replies: stored for each account and conversation, shared by tabs, deleted at sign-out.
import { Agent, BEN } from "../support/agent.js";
import { expect, test } from "../support/test.js";

test("two tabs keep both drafts, and a sent draft is not restored", async ({ vera, victor, ada }) => {
  await vera.visitAndOpen();
  await vera.send("One.");
  await victor.visitAndOpen();
  await victor.send("Two.");
  await ada.signIn();
  const page = await ada.page.context().newPage();
  const second = new Agent(page, ada.errors, ada.origin, ada.person);
  await page.goto(`${ada.origin}/app`);
  await second.expectLive();
  await ada.open("One.");
  await ada.composer.fill("A draft for the first");
  await second.open("Two.");
  await second.composer.fill("A draft for the second");
  for (const tab of [ada, second]) {
    await tab.page.reload();
    await tab.expectLive();
  }
  await expect(ada.composer).toHaveValue("A draft for the first");
  await expect(second.composer).toHaveValue("A draft for the second");
  await expect(ada.row("A draft for the second")).toContainText("Draft:");

  await ada.page.bringToFront();
  await ada.composer.press("Enter");
  await expect(ada.composer).toHaveValue("");
  await second.row("A draft for the first").waitFor();
  await second.row("You: A draft for the first").click();
  await expect(second.composer).toHaveValue("");
});

test("after ada has signed out the next agent does not see her draft", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is this between us?");
  await ada.signIn();
  await ada.open("Is this between us?");
  await ada.composer.fill("Ada's private words");
  await ada.signOut();
  expect(await ada.page.evaluate(() => JSON.stringify(localStorage))).not.toContain("private words");
  await ada.fillSignIn(BEN.email, BEN.password);
  await ada.expectLive();
  await ada.open("Is this between us?");
  await expect(ada.composer).toHaveValue("");
});
