import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MACHINE_CLOCK } from '../model/clock.js';

/** When a request may first have left this machine, by the monotonic clock; undefined while it surely has not. */
export interface Sending {
  at: number | undefined;
  /** Over a connection that was open before, and without an answer so far. */
  isReused?: boolean;
}

/**
 * Notes when a request may have been sent. A new connection sends nothing before it is up and, with TLS, before the
 * certificate is checked. (`bytesWritten` would not tell: it counts what still waits for the connection.) A connection
 * that was open before, for an earlier request or by an agent's doing, may send at once.
 */
export function watchSending(request: ClientRequest, sending: Sending): void {
  const note = (): void => void (sending.at = MACHINE_CLOCK.monotonic());
  request.once('response', () => (sending.isReused = false));
  request.once('socket', (socket: Socket | TLSSocket) => {
    sending.isReused = request.reusedSocket;
    if (!socket.connecting) note();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', note);
  });
}
