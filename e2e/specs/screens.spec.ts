// Screenshots of every screen, in e2e/screenshots, and accessibility checks by axe.
import { ADA } from "../support/agent.js";
import { agent, visitor } from "../support/transcript.js";
import { checkScreen } from "../support/screenshots.js";
import { createConversations, type ConversationScript } from "../support/conversations.js";
import { expect, test } from "../support/test.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });
test.setTimeout(120_000);

test("the public pages fit every window and pass axe", async ({ deskbell, page }) => {
  await page.goto(deskbell.origin);
  await checkScreen(page, "home");
  await page.goto(`${deskbell.origin.replace("127.0.0.1", "localhost")}/demo`);
  await expect(page.getByRole("button", { name: "Open chat" })).toBeVisible();
  await checkScreen(page, "demo");
});

test.describe("the first run", () => {
  test.use({ demo: false });

  test("the set-up fits every window and passes axe", async ({ deskbell, page }) => {
    await page.goto(`${deskbell.origin}/setup`);
    await checkScreen(page, "setup");

    await page.getByLabel("Your name").fill("Carla O’Neill");
    await page.getByLabel("E-mail address").fill("carla@oswald");
    await page.getByLabel("Password").fill("short");
    await page.getByLabel("Workspace").fill("Oswald & Sons");
    await page.getByLabel("Website name").fill("Teapots by Oswald");
    await page.getByLabel("Website address").fill("oswald.example/shop");
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");
    await checkScreen(page, "setup-errors");

    await page.getByLabel("E-mail address").fill("carla@oswald.example");
    await page.getByLabel("Password").fill("Teapots-4-ever");
    await page.getByLabel("Website address").fill("https://oswald.example");
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByRole("heading", { name: "You're set up" })).toBeVisible();
    await checkScreen(page, "setup-ready");
  });
});

test("the panel fits every window and passes axe", async ({ deskbell, vera, ada }) => {
  await vera.visitAndOpen();
  await expect(vera.panel.getByText("Hello, how can we help?")).toBeVisible();
  await checkScreen(vera.page, "panel-empty");

  await vera.send("Hello! I ordered two teapots last week, the tracking has said “in transit” since Thursday.");
  await vera.send("Order 1887-204.");
  await checkScreen(vera.page, "panel-waiting");

  await ada.signIn();
  await ada.open("Order 1887-204.");
  await ada.claim();
  await ada.send("Good morning! I see it: the carrier has lost the label and is writing a new one.");
  await ada.send("You should have them by Wednesday. I will write to you as soon as the van is loaded.");
  await vera.send("That is fine, they are a present for Saturday. Thank you for looking at once!");
  await checkScreen(vera.page, "panel-conversation");

  await deskbell.kill();
  await vera.write("One more thing: can you wrap them?");
  await expect(vera.panel.getByText("Reconnecting…")).toBeVisible();
  await checkScreen(vera.page, "panel-offline");

  await deskbell.start();
  await vera.expectLive();
  await ada.expectLive();
  await ada.press("Close");
  await expect(ada.page.getByRole("dialog")).toBeVisible();
  await checkScreen(ada.page, "inbox-close");
  await ada.page.getByRole("button", { name: "Close conversation", exact: true }).click();
  await expect(vera.panel.getByText("This conversation is closed.")).toBeVisible();
  await checkScreen(vera.page, "panel-closed");
});

test("the panel without a connection fits every window and passes axe", async ({ deskbell, vera }) => {
  await vera.visit();
  await vera.launcher.hover();
  await vera.page.waitForLoadState("networkidle");
  await deskbell.kill();
  await vera.launcher.click();
  await expect(vera.panel.getByText("Can't connect right now")).toBeVisible();
  await checkScreen(vera.page, "panel-unreachable");
  await deskbell.start();
  await vera.panel.getByRole("button", { name: "Try again" }).click();
  await vera.expectLive();
});

test("the sign-in fits every window and passes axe", async ({ ada }) => {
  await ada.page.goto(`${ada.origin}/app/sign-in`);
  await expect(ada.page.getByLabel("Password")).toBeVisible();
  await checkScreen(ada.page, "sign-in");
  await ada.fillSignIn(ADA.email, "Ada-rings-3-bells");
  await expect(ada.page.getByRole("alert")).toBeVisible();
  await checkScreen(ada.page, "sign-in-error");
});

test("the inbox fits every window and passes axe", async ({ deskbell, page, ada, ben }) => {
  await ada.signIn();
  await expect(ada.page.getByText("No conversations yet")).toBeVisible();
  await checkScreen(ada.page, "inbox-empty");

  await createConversations(page, deskbell.origin, ben.person, CONVERSATIONS.slice(0, 3));
  await createConversations(page, deskbell.origin, ada.person, CONVERSATIONS.slice(3));
  // The resolved and the closed conversation are in their own views.
  await expect(ada.rows).toHaveCount(CONVERSATIONS.length - 2);
  await checkScreen(ada.page, "inbox-list");

  await ada.open("I will bring it to the post office today.");
  await ada.composer.fill("You are welcome. The");
  await checkScreen(ada.page, "inbox-full");

  await ada.composer.fill("");
  await ada.open("Is the walnut stand sold alone?");
  await ada.expectStatus("waiting");
  await checkScreen(ada.page, "inbox-waiting");

  await ben.signIn();
  await ben.open("Is the walnut stand sold alone?");
  await expect(ada.page.getByText("Ben is viewing")).toBeVisible();
  await ada.account.click();
  await expect(ada.page.getByRole("menuitemradio", { name: "Away" })).toBeVisible();
  await checkScreen(ada.page, "inbox-account");
  await ada.page.keyboard.press("Escape");

  await ada.page.keyboard.press("Shift+?");
  await expect(ada.page.getByRole("dialog")).toBeVisible();
  await checkScreen(ada.page, "inbox-shortcuts");
  await ada.page.keyboard.press("Escape");

  await ada.open("I will bring it to the post office today.");
  await deskbell.kill();
  await ada.write("The money will be on your card within three days.");
  await expect(ada.page.locator(".banner-stale:visible")).toBeVisible();
  await checkScreen(ada.page, "inbox-offline");
});

test("the canned responses fit every window and pass axe", async ({ vera, ada }) => {
  const { page } = ada;
  await vera.visitAndOpen();
  await vera.send("Can I still change my order?");
  await ada.signIn();
  await page.goto(`${ada.origin}/app/canned-responses`);
  await expect(page.getByText("No canned responses yet")).toBeVisible();
  await checkScreen(page, "canned-responses-empty");

  const file = [
    "shortcut,title,category,content,scope",
    'hello,Greeting,First contact,"Hello {{visitor.name|there}}, this is {{agent.name}} from {{site.name}}. How can I help?",workspace',
    'order-changed,Order changed,Orders,"I have changed your order. You will get a new confirmation at {{visitor.email|your e-mail address}}.",workspace',
    "shipping,Shipping times,Orders,Parcels within the country take two to three days.,workspace",
    'polish,Care for brass,,"Use a soft cloth and a little lemon.\nNever use steel wool.",own',
  ].join("\n");
  await page.getByRole("button", { name: "Import…" }).click();
  const choose = (text: string) =>
    page.getByLabel("CSV file").setInputFiles({ name: "responses.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await choose("shortcut,content,scope\ntwo words,Hello,everyone\nhi,Hello {{visitor.nam}},own\n");
  await expect(page.getByRole("region", { name: "Errors of the file" })).toBeVisible();
  await checkScreen(page, "canned-responses-import");
  await choose(file);
  await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
  await expect(page.getByRole("list", { name: "Canned responses" }).getByRole("listitem")).toHaveCount(4);
  await checkScreen(page, "canned-responses");

  await page.getByRole("button", { name: "Edit /hello" }).click();
  await expect(page.getByRole("region", { name: "Preview" })).toContainText("Hello Vera");
  await checkScreen(page, "canned-responses-edit", 1000);
  await page.keyboard.press("Escape");

  await page.goto(`${ada.origin}/app`);
  await ada.open("Can I still change my order?");
  await ada.composer.focus();
  await page.keyboard.type("/");
  await expect(page.getByRole("option", { name: "/order-changed" })).toBeVisible();
  await checkScreen(page, "inbox-canned");
});

const CONVERSATIONS: ConversationScript[] = [
  {
    messages: [
      visitor("Do you engrave names on the bells?"),
      agent("We do, up to twelve letters, and it takes two days."),
      visitor("Perfect, then “Grand Hotel” fits."),
      agent("Just so. I have noted it with your order."),
    ],
    end: "resolve",
  },
  {
    messages: [visitor("The voucher WINTER does not work."), agent("It ended on Sunday, but I have made you a new one.")],
    end: "close",
  },
  {
    messages: [
      visitor("Can a bell be too loud for a library?"),
      agent("The Pocket Page was made for one. Shall I send you a recording?"),
      visitor("Oh yes, please do!"),
    ],
  },
  {
    messages: [
      visitor("Hello, my Night Porter came with a dent in the rim."),
      agent("I am sorry to hear that. Could you tell me your order number?"),
      visitor("It is 1887-311, delivered on Tuesday."),
      agent("Thank you. I can send you a new one today, or give you the money back. Which would you like?"),
      visitor(
        "The money back, please. It was a present and the birthday is over; I have bought something else meanwhile. " +
          "Do I need the original box? I am afraid that the children have made a castle of it.",
      ),
      agent("Any box will do, and the castle may stay. I have sent you a label by e-mail."),
      visitor("How kind, thank you!"),
      visitor("I will bring it to the post office today."),
    ],
  },
  { messages: [visitor("How do I polish brass without scratching it?"), agent("With a soft cloth and a little lemon.")] },
  { messages: [visitor("Where is my parcel?"), visitor("The tracking has not moved since Thursday.")] },
  { messages: [visitor("Is the walnut stand sold alone?")] },
  { messages: [visitor("Guten Tag, liefern Sie auch nach Österreich, und was kostet der Versand nach Graz?")] },
];
