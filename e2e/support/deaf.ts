// A browser that hears the server late: what comes is held back until it may be heard.
import type { Page } from "@playwright/test";

export class Deaf {
  private held: (() => void)[] | null = null;

  private constructor() {}

  /** To be called before the page connects. */
  static async make(page: Page): Promise<Deaf> {
    const deaf = new Deaf();
    await page.routeWebSocket(/\/api\/v1\/socket$/, (client) => {
      const server = client.connectToServer();
      server.onMessage((message) => {
        const pass = () => client.send(message);
        if (deaf.held) deaf.held.push(pass);
        else pass();
      });
    });
    return deaf;
  }

  hold(): void {
    this.held ??= [];
  }

  /** What was held back is lost; what comes from now on is heard. */
  forget(): void {
    this.held = null;
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const pass of held) pass();
  }
}
