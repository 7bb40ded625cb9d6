// A visitor: a browser of their own, on the shop's page.
import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";

import { type Message, eventually } from "./transcript.js";
import type { PageErrors } from "./page-errors.js";

export class Visitor {
  readonly launcher: Locator;
  /** The program in the frame. */
  readonly panel: FrameLocator;
  readonly composer: Locator;

  constructor(
    readonly page: Page,
    readonly errors: PageErrors,
    private readonly shop: string,
  ) {
    this.launcher = page.locator("deskbell-widget .launcher");
    this.panel = page.locator("deskbell-widget .panel iframe").contentFrame();
    this.composer = this.panel.getByRole("textbox", { name: "Message" });
  }

  /** Opens the shop's page. */
  async visit(url = this.shop): Promise<void> {
    await this.page.goto(url);
    await expect(this.launcher).toBeVisible();
  }

  /** The identity that the shop's page passes for its signed-in customer. */
  async identify(who: { external_id: string; hash?: string; name?: string; email?: string }): Promise<void> {
    await this.page.evaluate((who) => {
      (window as unknown as { Deskbell: { identify(who: object): void } }).Deskbell.identify(who);
    }, who);
  }

  /** Opens the panel and waits until it is connected. */
  async openPanel(): Promise<void> {
    await this.launcher.click();
    await this.expectLive();
  }

  /**
   * Blocks requests for a token: they get no response. The returned function lets later requests pass; the route stays,
   * because removing it would release the earlier ones.
   */
  async blockTokenRequests(): Promise<() => void> {
    let isBlocked = true;
    await this.page.route("**/api/v1/visitors", (route) => (isBlocked ? undefined : route.fallback()));
    return () => {
      isBlocked = false;
    };
  }

  /** Another tab of the same browser. */
  async secondTab(): Promise<Visitor> {
    return new Visitor(await this.page.context().newPage(), this.errors, this.shop);
  }

  /** Opens the shop's page and the panel. */
  async visitAndOpen(): Promise<void> {
    await this.visit();
    await this.openPanel();
  }

  async expectLive(): Promise<void> {
    await expect(this.panel.locator(".head__state--live")).toBeVisible({ timeout: 30_000 });
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

  /** The bubbles, from top to bottom. */
  async messages(): Promise<Message[]> {
    return this.panel.locator(".bubble").evaluateAll((bubbles) =>
      bubbles
        .filter((bubble) => bubble.querySelector(".bubble__text"))
        .map((bubble) => ({
          by: bubble.classList.contains("bubble--own") ? ("visitor" as const) : ("agent" as const),
          text: bubble.querySelector(".bubble__text")?.textContent ?? "",
        })),
    );
  }

  /** The visitor's messages that are shown as sent. */
  async acknowledged(): Promise<string[]> {
    return this.panel.locator(".bubble--own").evaluateAll((bubbles) =>
      bubbles
        .filter((bubble) => ["Sent", "Delivered", "Seen"].includes(bubble.querySelector(".bubble__meta span")?.textContent ?? ""))
        .map((bubble) => bubble.querySelector(".bubble__text")?.textContent ?? ""),
    );
  }

  /** The token that the host page stores. */
  async token(): Promise<string> {
    return this.page.evaluate(() => JSON.parse(localStorage.getItem("deskbell:demo") ?? "{}").token as string);
  }

  /** The number of unacknowledged messages that the host page stores. */
  async unsentCount(): Promise<number> {
    return this.page.evaluate(() => Object.keys(JSON.parse(localStorage.getItem("deskbell:demo:outbox") ?? "{}")).length);
  }

  /** The delivery state of this message of the visitor, as text. */
  deliveryState(text: string): Locator {
    return this.panel.locator(".bubble--own").filter({ hasText: text }).locator(".bubble__meta span");
  }

  /** The visitor id: the subject of the token that the host page stores. */
  async visitorId(): Promise<string | null> {
    return this.page.evaluate(() => {
      const stored = localStorage.getItem("deskbell:demo");
      if (!stored) return null;
      const [, claims] = JSON.parse(stored).token.split(".");
      return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub as string;
    });
  }
}
