// The workflow of an agent: replies, resolving, undo and keyboard shortcuts, which never act on typed text.
import { agent, expectAllToSee, visitor } from "../support/transcript.js";
import { expect, test } from "../support/test.js";

test("ada replies to a waiting conversation, and that claims it", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Is the lid included?");
  await ada.signIn();
  await ada.open("Is the lid included?");
  await ada.expectStatus("waiting");
  await expect(ada.composer).toBeFocused();
  await expect(ada.page.getByText("Your first reply assigns this conversation to you.")).toBeVisible();
  await ada.page.keyboard.type("Every lid is. Else it cools.");
  await ada.page.keyboard.press("Enter");
  await ada.expectStatus("active");
  await expect(ada.composer).toBeFocused();
  await expectAllToSee([visitor("Is the lid included?"), agent("Every lid is. Else it cools.")], vera, ada);
});

test("after a claim ada's keys are text, not shortcuts", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("May I ask something?");
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await ada.expectStatus("waiting");
  await ada.page.keyboard.press("c");
  await expect(ada.composer).toBeFocused();
  await ada.page.keyboard.type("ejcz? Everything else, yes.");
  await expect(ada.composer).toHaveValue("ejcz? Everything else, yes.");
  await ada.expectStatus("active");
  await ada.page.keyboard.press("Escape");
  await expect(ada.rows.first()).toBeFocused();
});

test("a letter that is no shortcut starts a reply", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Hello?");
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await expect(ada.rows.first()).toBeFocused();
  await ada.page.keyboard.type("Hello, Vera.");
  await expect(ada.composer).toHaveValue("Hello, Vera.");
  await ada.expectStatus("waiting");
});

test("keys that ada presses while ben closes the conversation trigger no shortcut", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Thank you, that is all.");
  await ada.signIn();
  await ben.signIn();
  await ada.open("Thank you, that is all.");
  await ada.claim();
  await ada.page.keyboard.type("You are w");
  await ben.open("Thank you, that is all.");
  await ben.press("Close");
  await ben.page.getByRole("button", { name: "Close conversation", exact: true }).click();
  await ada.expectStatus("closed");
  await ada.page.keyboard.type("elcome. Ever so, E!");
  await expect(ada.composer).toHaveValue("You are w");
  await expect(ada.composer).toBeFocused();
  await expect(ada.page.getByRole("dialog")).toHaveCount(0);
});

test("resolving opens the next waiting conversation, and Z undoes it", async ({ vera, victor, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Thank you!");
  await ada.signIn();
  await ada.open("Thank you!");
  await ada.claim();
  await victor.visitAndOpen();
  await victor.send("Is anybody there?");
  await expect(ada.row("Is anybody there?")).toBeVisible();

  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("e");
  await expectAllToSee([visitor("Is anybody there?")], ada);
  await expect(ada.row("Is anybody there?")).toBeFocused();
  const toast = ada.page.locator(".toast").filter({ hasText: "Conversation resolved." });
  await expect(toast.getByRole("button", { name: "Undo (Z)" })).toBeVisible();
  await expect(ada.row("Thank you!")).toHaveCount(0);

  await ada.page.keyboard.press("z");
  await expectAllToSee([visitor("Thank you!")], ada);
  await ada.expectStatus("active");
  await expect(ada.composer).toBeFocused();
  await expect(toast).toHaveCount(0);
});

test("the offer to undo covers no composer, and disappears when the visitor writes again", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("That is all.");
  await ada.signIn();
  await ada.open("That is all.");
  await ada.claim();
  await ada.press("Resolve");
  await ada.expectStatus("resolved");
  const toast = ada.page.locator(".toast").filter({ hasText: "Conversation resolved." });
  await expect(toast).toBeVisible();
  await ada.page.screenshot({ path: "screenshots/toast-light.png" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: "screenshots/toast-dark.png" });
  const [upper, lower] = [await toast.boundingBox(), await ada.page.locator(".composer").boundingBox()];
  expect(upper!.y + upper!.height).toBeLessThan(lower!.y);
  await vera.send("One more thing.");
  await ada.expectStatus("active");
  await expect(toast, "long before it disappears by itself").toHaveCount(0, { timeout: 3000 });
});

test("ada must confirm before she resolves ben's conversation", async ({ vera, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("Ben knows about it.");
  await ben.signIn();
  await ben.open("Ben knows about it.");
  await ben.claim();
  await ada.signIn();
  await expect(ada.rows).toHaveCount(1);
  await ada.page.keyboard.press("j");
  await ada.expectStatus("active");
  await ada.page.keyboard.press("e");
  const question = ada.page.getByRole("dialog", { name: "Resolve Ben Carillon's conversation?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toBeHidden();
  await ada.expectStatus("active");
  await ada.press("Resolve");
  await question.getByRole("button", { name: "Resolve" }).click();
  await ada.expectStatus("resolved");
});

test("resolved and closed conversations have their own views", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("Solved, thank you.");
  await ada.signIn();
  await ada.open("Solved, thank you.");
  await ada.claim();
  await ada.press("Resolve");
  await ada.expectStatus("resolved");
  await expect(ada.rows).toHaveCount(0);
  const view = (name: string) => ada.page.getByRole("group", { name: "Views" }).getByRole("button", { name });
  await view("Resolved").click();
  await expect(ada.row("Solved, thank you.")).toBeVisible();
  await view("Closed").click();
  await expect(ada.page.getByText("No closed conversations.")).toBeVisible();
});

test("anonymous visitors have different labels", async ({ vera, victor, ada, ben }) => {
  await vera.visitAndOpen();
  await vera.send("One.");
  await victor.visitAndOpen();
  await victor.send("Two.");
  await ada.signIn();
  await ben.signIn();
  const labels = async (person: typeof ada) => person.page.locator(".row-name").allTextContents();
  await expect(ada.rows).toHaveCount(2);
  await expect(ben.rows).toHaveCount(2);
  const seen = await labels(ada);
  expect(seen[0]).not.toBe(seen[1]);
  expect(seen).not.toContain("Visitor");
  expect(await labels(ben)).toEqual(seen);
});

test("a row is 52 pixels high", async ({ vera, ada }) => {
  await vera.visitAndOpen();
  await vera.send("How high am I?");
  await ada.signIn();
  expect((await ada.row("How high am I?").boundingBox())?.height).toBeCloseTo(52, 1);
});
