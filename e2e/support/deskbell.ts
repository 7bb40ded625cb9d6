// A Deskbell server process with its own data folder, which can be killed and restarted.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BINARY = process.env.DESKBELL_BIN ?? fileURLToPath(new URL("../../target/debug/deskbell", import.meta.url));
const START_MS = 20_000;

// Below the ports that the system gives to outgoing connections: while a server is down, such a
// connection could take its port. Whether a port is free is decided by the server that binds it.
const PORTS = { first: 12_000, end: 32_000 };
const MAX_PORTS_TRIED = 100;
let lastPort = PORTS.first + ((process.pid * 61) % (PORTS.end - PORTS.first));

function nextPort(): number {
  lastPort = lastPort + 1 < PORTS.end ? lastPort + 1 : PORTS.first;
  return lastPort;
}

// The environment of the person who runs the tests must not affect them.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DESKBELL_")));

/** The registration mode: nobody, invited people, or anybody. */
export type Registration = "off" | "invited" | "open";

function isGone(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

export class Deskbell {
  private process: ChildProcess | undefined;
  private log = "";
  private port = 0;

  private constructor(
    private readonly folder: string,
    private readonly demo: boolean,
    private readonly registration: Registration,
  ) {}

  /** Starts a server on an empty folder, with the demo workspace or without a set-up. */
  static async launch(demo: boolean, registration: Registration = "invited"): Promise<Deskbell> {
    const folder = await mkdtemp(join(tmpdir(), "deskbell-e2e-"));
    const deskbell = new Deskbell(folder, demo, registration);
    try {
      await deskbell.startOnFreePort();
    } catch (error) {
      await deskbell.close();
      throw error;
    }
    return deskbell;
  }

  /** The origin of the dashboard. Visitors use pages of another origin. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The log of the server, for a failed test. */
  get output(): string {
    return this.log;
  }

  private async startOnFreePort(): Promise<void> {
    for (let tried = 0; tried < MAX_PORTS_TRIED; tried += 1) {
      this.port = nextPort();
      this.log = "";
      if (await this.tryStart()) return;
      if (!this.log.includes("cannot listen")) break;
    }
    throw new Error(`Deskbell does not start.\n${this.log}`);
  }

  /** Starts it again on the same port and folder, and waits until it is ready. */
  async start(): Promise<void> {
    if (!(await this.tryStart())) throw new Error(`Deskbell does not start.\n${this.log}`);
  }

  /** Starts the server; returns whether it listens. Another process may use the port, so the log decides. */
  private async tryStart(): Promise<boolean> {
    const logged = this.log.length;
    const flags = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", this.folder];
    // Tests type faster than people; other tests cover the rate limits.
    flags.push("--bcrypt-cost", "4", "--limits", "off", "--registration", this.registration);
    const child = spawn(BINARY, this.demo ? [...flags, "--demo", "--demo-conversations", "false"] : flags, { env: ENVIRONMENT });
    const append = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout.on("data", append);
    child.stderr.on("data", append);
    child.on("error", (error) => (this.log += `${error.message}\n`));
    // `close` and not `exit`, because the last lines of the log may arrive after the exit.
    let hasClosed = false;
    child.on("close", () => (hasClosed = true));
    this.process = child;
    const end = Date.now() + START_MS;
    while (!this.log.includes("listening", logged) || !(await this.isReady())) {
      if (hasClosed || Date.now() > end) return false;
      await pause(20);
    }
    return true;
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    await this.stop("SIGKILL");
  }

  /** Ends the server and deletes its data. */
  async close(): Promise<void> {
    await this.stop("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }

  private async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || isGone(child)) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  private async isReady(): Promise<boolean> {
    return fetch(`${this.origin}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
