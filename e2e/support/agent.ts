// An agent: a browser of their own, in the dashboard.
import { expect, type Locator, type Page } from "@playwright/test";

import { type Message, eventually } from "./transcript.js";
import type { PageErrors } from "./page-errors.js";

export interface Person {
  name: string;
  email: string;
  password: string;
}

/** The people of the demo workspace. */
export const ADA: Person = {
  name: "Ada Bellamy",
  email: "ada@demo.deskbell.example",
  password: "Ada-rings-2-bells",
};
export const BEN: Person = { ...ADA, name: "Ben Carillon", email: "ben@demo.deskbell.example" };

/** A person without an account. */
export const DORA: Person = { name: "Dora Clapper", email: "dora@clapper.example", password: "Rings-2-hear" };

export type StatusName = "waiting" | "active" | "resolved" | "closed";

export class Agent {
  readonly rows: Locator;
  readonly composer: Locator;
  readonly status: Locator;
  /** The button of the account menu, which shows the availability of the agent and their teammates. */
  readonly account: Locator;

  constructor(
    readonly page: Page,
    readonly errors: PageErrors,
    readonly origin: string,
    readonly person: Person,
  ) {
    this.rows = page.getByRole("listbox", { name: "Conversations" }).getByRole("option");
    this.composer = page.getByRole("textbox", { name: "Reply" });
    this.status = page.locator(".thread-head .status-badge");
    this.account = page.getByRole("button", { name: "Account of" });
  }

  async signIn(person = this.person): Promise<void> {
    await this.page.goto(`${this.origin}/app/sign-in`);
    await this.fillSignIn(person.email, person.password);
    await this.expectLive();
  }

  async fillSignIn(email: string, password: string): Promise<void> {
    await this.page.getByLabel("E-mail address").fill(email);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  /** Accepts an invitation without an address, with a new account. */
  async join(link: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByLabel("Your name").fill(this.person.name);
    await this.page.getByLabel("E-mail address").fill(this.person.email);
    await this.page.getByLabel("Password").fill(this.person.password);
    await this.page.getByRole("button", { name: "Create account and join" }).click();
    await this.expectLive();
  }

  async signOut(): Promise<void> {
    await this.account.click();
    await this.page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(this.page).toHaveURL(`${this.origin}/app/sign-in`);
  }

  async openSettings(section: "account" | "members" | "teams" | "sites" | "business-hours"): Promise<void> {
    await this.page.goto(`${this.origin}/app/settings/${section}`);
    await this.expectLive();
  }

  async expectLive(): Promise<void> {
    await expect(this.page.locator('.connection-chip[data-state="live"]')).toBeVisible({ timeout: 30_000 });
  }

  /** The row of the list with this preview. */
  row(preview: string): Locator {
    return this.rows.filter({ hasText: preview });
  }

  async open(preview: string): Promise<void> {
    await this.row(preview).click();
    await expect(this.page.getByRole("region", { name: "Messages" })).toBeVisible();
  }

  async press(action: "Claim" | "Resolve" | "Reopen" | "Close"): Promise<void> {
    const head = this.page.locator(".thread-head");
    if (action === "Close") {
      await head.getByRole("button", { name: "More actions" }).click();
      await this.page.getByRole("menuitem", { name: "Close conversation…" }).click();
      return;
    }
    await head.getByRole("button", { name: action }).click();
  }

  async claim(): Promise<void> {
    await this.press("Claim");
    await this.expectStatus("active");
  }

  async setAvailability(availability: "Online" | "Away"): Promise<void> {
    await this.account.click();
    await this.page.getByRole("menuitemradio", { name: availability }).click();
  }

  /** The delivery state of this message of the agent, as text. */
  deliveryState(text: string): Locator {
    const message = this.page.locator('.message[data-side="own"]').filter({ hasText: text });
    return message.locator(".message-delivery");
  }

  async expectStatus(status: StatusName): Promise<void> {
    await expect(this.status).toHaveAttribute("data-status", status);
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Writes a message and waits until it is shown as sent. */
  async send(text: string): Promise<void> {
    await this.write(text);
    await eventually(() => this.acknowledged()).toContain(text);
  }

  /** The bubbles of the open conversation, from top to bottom. */
  async messages(): Promise<Message[]> {
    return this.page.locator(".message").evaluateAll((messages) =>
      messages.map((message) => ({
        by: message.getAttribute("data-side") === "visitor" ? ("visitor" as const) : ("agent" as const),
        text: message.querySelector(".message-bubble")?.textContent ?? "",
      })),
    );
  }

  /** The agent's messages that are shown as sent. */
  async acknowledged(): Promise<string[]> {
    return this.page.locator('.message[data-side="own"][data-state="sent"] .message-bubble').allTextContents();
  }
}
