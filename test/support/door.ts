import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** An address that stays the same, whatever server stands behind it at the moment. */
export interface Door {
  url: string;
  /** Where connections made from now on lead. */
  leadTo: (url: string) => void;
  close: () => Promise<void>;
}

/** Opens a door on a port of its own: bytes, ends and resets pass as they are. */
export async function openDoor(url: string): Promise<Door> {
  let target = url;
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const { hostname, port } = new URL(target);
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.setNoDelay(true).pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (next) => (target = next),
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
