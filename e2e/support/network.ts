// A proxy between a browser and Deskbell that interferes with WebSockets, as some proxies of companies
// and hotels do: it drops the request to upgrade, or it accepts the upgrade and forwards no frame.
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

export class Network {
  /** Whether upgrade requests are dropped. */
  dropsUpgrades = true;
  /** Whether upgrades are accepted and no frame is forwarded. */
  dropsFrames = false;
  /** The numbers of upgrades that were dropped, accepted without frames, and forwarded. */
  droppedUpgrades = 0;
  silentSockets = 0;
  forwarded = 0;
  /** The number of requests without a response, now and at most. */
  pending = 0;
  mostPending = 0;

  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private port = 0;

  private constructor(private readonly target: URL) {
    this.server = createServer((incoming, response) => this.forward(incoming, response));
    this.server.on("upgrade", (incoming, socket, head) => this.upgrade(incoming, socket, head));
  }

  static async launch(target: string): Promise<Network> {
    const network = new Network(new URL(target));
    network.server.listen(0, "127.0.0.1");
    await once(network.server, "listening");
    const address = network.server.address();
    if (typeof address !== "object" || !address) throw new Error("The system assigned no port.");
    network.port = address.port;
    return network;
  }

  /** The origin of Deskbell through this network. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = incoming;
    const outgoing = request({ host: this.target.hostname, port: this.target.port, method, path: url, headers });
    outgoing.on("response", (incomingResponse) => {
      response.writeHead(incomingResponse.statusCode ?? 502, incomingResponse.headers);
      incomingResponse.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    this.pending += 1;
    this.mostPending = Math.max(this.mostPending, this.pending);
    response.on("close", () => (this.pending -= 1));
    incoming.pipe(outgoing);
  }

  private upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    if (this.dropsUpgrades) {
      this.droppedUpgrades += 1;
      return;
    }
    if (this.dropsFrames) this.silentSockets += 1;
    else this.forwarded += 1;
    const server = connect(Number(this.target.port), this.target.hostname);
    const lines = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : [`${name}: ${all[at + 1]}`]));
    server.write([`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    server.write(head);
    server.on("error", () => socket.destroy());
    socket.on("close", () => server.destroy());
    if (this.dropsFrames) {
      server.once("data", (response: Buffer) => socket.write(response.subarray(0, response.indexOf("\r\n\r\n") + 4)));
      return;
    }
    server.pipe(socket).pipe(server);
  }
}
