// Creates conversations over the socket, without pages: a full inbox within a second.
import { expect, type Page } from "@playwright/test";

import type { Person } from "./agent.js";
import type { Message } from "./transcript.js";

export interface ConversationScript {
  messages: Message[];
  /** How it ends; without an end it is waiting, or active once an agent has written. */
  end?: "resolve" | "close";
}

/** Creates these conversations, one after the other, in a separate `page` of a browser without a session. */
export async function createConversations(
  page: Page,
  origin: string,
  person: Person,
  scripts: ConversationScript[],
): Promise<void> {
  await page.goto(origin);
  const signedIn = await page.evaluate(
    async (body) => {
      const headers = { "content-type": "application/json", "x-deskbell": "1" };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch("/api/v1/auth/sign-in", request)).ok;
    },
    { email: person.email, password: person.password },
  );
  expect(signedIn).toBe(true);
  await page.evaluate(createAll, scripts);
}

// Runs in the browser, so it cannot use anything from this file.
async function createAll(scripts: ConversationScript[]): Promise<void> {
  type Command = { type: string } & Record<string, unknown>;
  type Reply = Record<string, unknown>;

  class SocketClient {
    private readonly socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/v1/socket`);
    private readonly opened = new Promise((resolve) => this.socket.addEventListener("open", resolve));
    private readonly pending = new Map<number, (event: Reply) => void>();
    private id = 0;

    async open(token?: string): Promise<void> {
      await this.opened;
      this.socket.addEventListener("message", ({ data }) => {
        const { reply_to: replyTo, event } = JSON.parse(data);
        this.pending.get(replyTo)?.(event);
      });
      await this.request({ type: "hello", level: 1, ...(token ? { token } : {}) });
    }

    async request(command: Command): Promise<Reply> {
      const id = ++this.id;
      const reply = new Promise<Reply>((resolve, reject) => {
        this.pending.set(id, resolve);
        this.socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code}`)));
      });
      this.socket.send(JSON.stringify({ id, command }));
      const event = await reply;
      if (event["type"] === "error") throw new Error(JSON.stringify({ command, event }));
      return event;
    }

    close(): void {
      this.socket.close();
    }
  }

  const createVisitor = async (): Promise<string> => {
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify({ site_key: "demo" }) };
    return (await (await fetch("/api/v1/visitors", request)).json()).token;
  };

  const agent = new SocketClient();
  await agent.open();
  for (const { messages, end } of scripts) {
    const visitor = new SocketClient();
    await visitor.open(await createVisitor());
    let conversation: unknown;
    let claimed = false;
    for (const { by, text } of messages) {
      const client_id = crypto.randomUUID();
      if (!conversation) {
        const started = await visitor.request({ type: "start", client_id, text });
        conversation = (started["conversation"] as { id: string }).id;
        continue;
      }
      if (by === "agent" && !claimed) {
        await agent.request({ type: "claim", conversation_id: conversation });
        claimed = true;
      }
      const sender = by === "agent" ? agent : visitor;
      await sender.request({ type: "send", conversation_id: conversation, client_id, text });
    }
    if (end) await agent.request({ type: end, conversation_id: conversation });
    visitor.close();
  }
  agent.close();
}
