// A network between a browser and Deskbell that may swallow WebSockets: the request to upgrade goes
// in and no answer comes out, as with some proxies of companies and hotels.
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

export class Network {
  /** Whether WebSockets are swallowed. */
  isBlocked = true;
  /** How many were, and how many came through. */
  swallowed = 0;
  passed = 0;

  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private port = 0;

  private constructor(private readonly target: URL) {
    this.server = createServer((incoming, response) => this.forward(incoming, response));
    this.server.on("upgrade", (incoming, socket, head) => this.upgrade(incoming, socket, head));
  }

  static async begin(target: string): Promise<Network> {
    const network = new Network(new URL(target));
    network.server.listen(0, "127.0.0.1");
    await once(network.server, "listening");
    const address = network.server.address();
    if (typeof address !== "object" || !address) throw new Error("The system gave no port.");
    network.port = address.port;
    return network;
  }

  /** Deskbell, seen through this network. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async end(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = incoming;
    const outgoing = request({ host: this.target.hostname, port: this.target.port, method, path: url, headers });
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  private upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    if (this.isBlocked) {
      this.swallowed += 1;
      return;
    }
    this.passed += 1;
    const server = connect(Number(this.target.port), this.target.hostname);
    const lines = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : [`${name}: ${all[at + 1]}`]));
    server.write([`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    server.write(head);
    server.on("error", () => socket.destroy());
    socket.on("close", () => server.destroy());
    server.pipe(socket).pipe(server);
  }
}
