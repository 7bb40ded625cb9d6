// Carla, the owner of the workspace and operator of the server: her actions over the HTTP API.
import { type APIRequestContext, expect, request } from "@playwright/test";

import type { Agent, Person } from "./agent.js";

export const CARLA: Person = { name: "Carla O’Neill", email: "carla@oswald.example", password: "Teapots-4-ever" };
export const WORKSPACE = "Oswald & Sons";

interface QueuedMail {
  recipient: string;
  link?: string;
}

export class Owner {
  private constructor(
    private readonly api: APIRequestContext,
    readonly snippet: string,
  ) {}

  /** Runs the set-up of an empty Deskbell, with a site for pages of `shop`. */
  static async setUp(deskbell: string, shop: string, site = "Teapots by Oswald"): Promise<Owner> {
    const headers = { "x-deskbell": "1", origin: deskbell };
    const api = await request.newContext({ baseURL: deskbell, extraHTTPHeaders: headers });
    const data = { ...CARLA, workspace: WORKSPACE, site, allowed_origins: [new URL(shop).origin] };
    const response = await api.post("/api/v1/setup", { data });
    expect(response.ok(), await response.text()).toBe(true);
    return new Owner(api, (await response.json()).site.snippet);
  }

  /** The newest queued link for a recipient: this Deskbell sends no mail, so its operator sees them. */
  async mailedLink(email: string, page: string): Promise<string> {
    const mail: QueuedMail[] = await (await this.api.get("/api/v1/operator/mail")).json();
    const found = mail.find(({ recipient, link }) => recipient === email && link?.includes(`/app/${page}#`));
    expect(found, `a link for ${email} among ${JSON.stringify(mail)}`).toBeDefined();
    return found!.link!;
  }

  /** Signs in again after her session has ended. */
  async signInAgain(password: string): Promise<void> {
    await this.post("/api/v1/auth/sign-in", { email: CARLA.email, password });
  }

  async post<T>(path: string, data: unknown = undefined): Promise<T> {
    const response = await this.api.post(path, { data });
    expect(response.ok(), await response.text()).toBe(true);
    return (await response.json().catch(() => undefined)) as T;
  }

  async patch(path: string, data: unknown): Promise<void> {
    const response = await this.api.patch(path, { data });
    expect(response.ok(), await response.text()).toBe(true);
  }

  async put(path: string, data: unknown): Promise<void> {
    const response = await this.api.put(path, { data });
    expect(response.ok(), await response.text()).toBe(true);
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.api.get(path)).json()) as T;
  }

  /** An invitation link to her workspace. */
  async invite(role: "admin" | "agent", email?: string): Promise<string> {
    const invitation = await this.post<{ link: string }>("/api/v1/invitations", { role, email, show_link: true });
    return invitation.link;
  }

  /** Registers a user with a workspace of their own, who then joins this workspace as an agent. */
  async registerAndJoin(agent: Agent, ownWorkspace: string): Promise<void> {
    const { page, person } = agent;
    await this.post("/api/v1/auth/register", { ...person, workspace: ownWorkspace });
    await page.goto(await this.mailedLink(person.email, "verify"));
    await page.getByRole("button", { name: "Confirm address" }).click();
    await expect(page.getByRole("heading", { name: "Your address is confirmed" })).toBeVisible();
    await page.goto(await this.invite("agent"));
    await page.getByRole("button", { name: "Already have an account? Sign in" }).click();
    await agent.fillSignIn(person.email, person.password);
    await page.getByRole("button", { name: "Join workspace" }).click();
    await agent.expectLive();
  }

  /** Suspends a workspace, or without a reason ends the suspension. */
  async suspend(name: string, reason?: string): Promise<void> {
    const { workspaces } = await this.get<{ workspaces: { id: string; name: string }[] }>("/api/v1/operator/workspaces");
    const found = workspaces.find((workspace) => workspace.name === name);
    const path = `/api/v1/operator/workspaces/${found?.id}`;
    await (reason ? this.post(`${path}/suspend`, { reason }) : this.post(`${path}/resume`));
  }

  /** Turns maintenance mode on, or without a message off. */
  async setMaintenance(message?: string): Promise<void> {
    await this.put("/api/v1/operator/maintenance", { on: message !== undefined, message });
  }

  async close(): Promise<void> {
    await this.api.dispose();
  }
}
