// A delay of server frames: frames to a page are queued until they are released or dropped.
import type { Page } from "@playwright/test";

export class FrameDelay {
  private queue: (() => void)[] | null = null;

  private constructor() {}

  /** Installs the delay, which is off at first; must be called before the page connects. */
  static async install(page: Page): Promise<FrameDelay> {
    const delay = new FrameDelay();
    await page.routeWebSocket(/\/api\/v1\/socket$/, (client) => {
      const server = client.connectToServer();
      server.onMessage((message) => {
        const deliver = () => client.send(message);
        if (delay.queue) delay.queue.push(deliver);
        else deliver();
      });
    });
    return delay;
  }

  /** Queues all later frames. */
  start(): void {
    this.queue ??= [];
  }

  /** Drops the queued frames, and delivers all later ones. */
  drop(): void {
    this.queue = null;
  }

  /** Delivers the queued frames and all later ones. */
  release(): void {
    const queue = this.queue ?? [];
    this.queue = null;
    for (const deliver of queue) deliver();
  }
}
