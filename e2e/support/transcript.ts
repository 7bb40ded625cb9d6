// The messages of a thread, in one form for both sides.
import { expect } from "@playwright/test";

export interface Message {
  by: "visitor" | "agent";
  text: string;
}

export const visitor = (text: string): Message => ({ by: "visitor", text });
export const agent = (text: string): Message => ({ by: "agent", text });

interface Person {
  messages(): Promise<Message[]>;
}

/** Polls until the assertion holds, with a shorter interval and a longer timeout than Playwright's defaults. */
export function eventually<T>(read: () => Promise<T>) {
  return expect.poll(read, { intervals: [30], timeout: 30_000 });
}

/** Expects that all people see exactly these messages, each once, in this order. */
export async function expectAllToSee(messages: Message[], ...people: Person[]): Promise<void> {
  for (const person of people) await eventually(() => person.messages()).toEqual(messages);
}
