import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MACHINE_CLOCK } from '../model/clock.js';

/** When a request may first have left this machine, by the monotonic clock; undefined while it surely has not. */
export interface Sending {
  at: number | undefined;
  /** Over a connection that was open before, and without an answer so far. */
  isReused?: boolean;
  /** The proxy has answered on a new connection. */
  reachedProxy?: boolean;
  /** The status by which the proxy refused to put the connection through. */
  refusedByProxy?: number;
}

/**
 * Notes when a request may have been sent. A new connection sends nothing before it is up and, with TLS, before the
 * certificate is checked. (`bytesWritten` would not tell: it counts what still waits for the connection.) A connection
 * that was open before, for an earlier request or by an agent's doing, may send at once.
 */
export function watchSending(request: ClientRequest, sending: Sending): void {
  const note = (): void => void (sending.at = MACHINE_CLOCK.monotonic());
  request.once('response', () => (sending.isReused = false));
  // Emitted by the agent that opens tunnels.
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    sending.reachedProxy = true;
    if (statusCode !== 200) sending.refusedByProxy = statusCode;
  });
  request.once('socket', (socket: Socket | TLSSocket) => {
    sending.isReused = request.reusedSocket;
    // What it gets then is the proxy's answer alone.
    if (sending.refusedByProxy !== undefined) return;
    const isSecured = !('encrypted' in socket) || sending.reachedProxy !== true;
    if (!socket.connecting && isSecured) note();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', note);
  });
}
