import { createServer, request as ask } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** Where requests for any host end up. */
export interface Behind {
  /** Of plain http. */
  http: number;
  /** Of tunnels. */
  https: number;
}

/** What came to the proxy: of a tunnel `CONNECT host:port`, of a plain request its method and whole address. */
export interface Proxied {
  what: string;
  /** As the client sent it. */
  credentials?: string;
}

/** A proxy for tests: whichever host is asked for, what it puts through goes to ports of this machine. */
export class FakeProxy {
  readonly proxied: Proxied[] = [];
  /** The only credentials that it takes, if it takes some only. */
  wants: string | undefined;
  /** Answers each request for a tunnel with this status; or closes each connection, without an answer. */
  refuses: number | 'closes' | undefined;
  url = '';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    if (this.refuses === 'closes') return void request.socket.destroy();
    if (!this.#lets(`${method} ${url}`, headers['proxy-authorization'])) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const { pathname, search } = new URL(url);
    const to = { host: '127.0.0.1', port: this.behind.http, path: pathname + search, method, headers };
    const passed = ask(to, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });

  constructor(private readonly behind: Behind) {
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('connect', ({ url = '', headers }, socket: Socket, head) => {
      const isLet = this.#lets(`CONNECT ${url}`, headers['proxy-authorization']);
      if (this.refuses === 'closes') return socket.destroy();
      const status = isLet ? this.refuses : 407;
      if (status !== undefined) return socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      const passed = this.#keep(
        connect(this.behind.https, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          passed.write(head);
          socket.pipe(passed).pipe(socket);
        }),
      );
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Begins again as a proxy that lets everything through. */
  reset(): void {
    this.proxied.length = 0;
    this.wants = undefined;
    this.refuses = undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Notes what came, and whether it may pass. */
  #lets(what: string, authorization = ''): boolean {
    const credentials = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    this.proxied.push({ what, ...(credentials === '' ? {} : { credentials }) });
    return this.wants === undefined || this.wants === credentials;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
  }
}
