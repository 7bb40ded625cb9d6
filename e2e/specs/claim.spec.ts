// Concurrent claims of one conversation. Events to both browsers are delayed, so that neither shows the other's
// claim when both click.
import type { Agent } from "../support/agent.js";
import { FrameDelay } from "../support/frame-delay.js";
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

const claimedByOther = (person: Agent) => person.page.getByRole("alert").filter({ hasText: "claimed this conversation." });

test("ada and ben claim at once: one gets the conversation, the other sees who", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Who of you is it?");
  const delays = [await FrameDelay.install(ada.page), await FrameDelay.install(ben.page)];
  for (const person of [ada, ben]) {
    await person.signIn();
    await person.open("Who of you is it?");
    await person.expectStatus("waiting");
  }
  for (const delay of delays) delay.start();
  await Promise.all([ada.press("Claim"), ben.press("Claim")]);
  const joined = vera.panel.locator("#thread").getByText("joined the conversation");
  await expect(joined).toBeVisible();
  for (const delay of delays) delay.release();
  await ada.expectStatus("active");
  await ben.expectStatus("active");

  const [winner, loser] = (await joined.textContent())?.startsWith(ada.person.name) ? [ada, ben] : [ben, ada];
  await expect(claimedByOther(loser)).toContainText(winner.person.name);
  await expect(claimedByOther(winner)).toHaveCount(0);
  await expect(winner.page.locator(".thread-where")).toContainText("Assigned to you");
  await expect(loser.page.locator(".thread-where")).toContainText(`Assigned to ${winner.person.name}`);
  await winner.send("It is me.");
  await expectAllToSee([visitor("Who of you is it?"), agent("It is me.")], vera, ada, ben);
  await expect(joined).toHaveCount(1);
});

test("the slower agent continues with the next waiting conversation", async ({ vera, victor, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Do you repair spouts?");
  await victor.visitAndOpen();
  await victor.send("Do you sell lids alone?");
  const delay = await FrameDelay.install(ben.page);
  await ada.signIn();
  await ben.signIn();
  await ada.open("Do you repair spouts?");
  await ben.open("Do you repair spouts?");
  await ben.expectStatus("waiting");
  delay.start();
  await ada.claim();
  await ben.press("Claim");
  delay.release();

  await expect(claimedByOther(ben)).toContainText(ada.person.name);
  await claimedByOther(ben).getByRole("button", { name: "Next waiting" }).click();
  await expectAllToSee([visitor("Do you sell lids alone?")], ben);
  await expect(claimedByOther(ben)).toHaveCount(0);
  await ben.claim();
});

test("ben cannot claim ada's conversation", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Is this one taken?");
  await ada.signIn();
  await ben.signIn();
  await ben.open("Is this one taken?");
  await ada.open("Is this one taken?");
  await ada.claim();
  await ben.expectStatus("active");
  await expect(ben.page.getByRole("button", { name: "Claim" })).toBeHidden();
});
