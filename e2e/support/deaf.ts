// A delay of server frames: frames to a page are queued until they are released or dropped.
import type { Page } from "@playwright/test";

export class Deaf {
  private held: (() => void)[] | null = null;

  private constructor() {}

  /** Installs the delay; must be called before the page connects. */
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

  /** Drops the queued frames, and delivers all later ones. */
  forget(): void {
    this.held = null;
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const pass of held) pass();
  }
}
