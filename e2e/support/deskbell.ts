// A running Deskbell with a folder of its own, which can be killed and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BINARY = process.env.DESKBELL_BIN ?? fileURLToPath(new URL("../../target/debug/deskbell", import.meta.url));
const START_MS = 20_000;

// The settings of whoever runs the tests are not the tests' settings.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DESKBELL_")));

/** Who may make an account: nobody, those who are invited, anybody. */
export type Registration = "off" | "invited" | "open";

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || !address) throw new Error("The system gave no port.");
  return address.port;
}

function isGone(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

export class Deskbell {
  private process: ChildProcess | undefined;
  private log = "";

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly demo: boolean,
    private readonly registration: Registration,
  ) {}

  /** Starts one on an empty folder; with the demo workspace, or waiting to be set up. */
  static async begin(demo: boolean, registration: Registration = "invited"): Promise<Deskbell> {
    const folder = await mkdtemp(join(tmpdir(), "deskbell-e2e-"));
    const deskbell = new Deskbell(await freePort(), folder, demo, registration);
    try {
      await deskbell.start();
    } catch (error) {
      await deskbell.end();
      throw error;
    }
    return deskbell;
  }

  /** Where agents are. Visitors stand on pages of another origin. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything that it has said, for a test that failed. */
  get output(): string {
    return this.log;
  }

  /** Starts it, again on the same port and folder, and waits until it is ready. */
  async start(): Promise<void> {
    const flags = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", this.folder];
    // Tests type faster than people; what limits that is tested elsewhere.
    flags.push("--bcrypt-cost", "4", "--limits", "off", "--registration", this.registration);
    const child = spawn(BINARY, this.demo ? [...flags, "--demo"] : flags, { env: ENVIRONMENT });
    const keep = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => (this.log += `${error.message}\n`));
    this.process = child;
    const end = Date.now() + START_MS;
    while (!(await this.isReady())) {
      if (isGone(child) || Date.now() > end) throw new Error(`Deskbell does not start.\n${this.log}`);
      await pause(20);
    }
  }

  /** What a power cut does. */
  async kill9(): Promise<void> {
    await this.stop("SIGKILL");
  }

  /** Ends it for good and removes what it kept. */
  async end(): Promise<void> {
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
