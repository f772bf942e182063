import { once, setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkFaults, faultPicker, type Fault, type FaultPicker } from './faults.js';
import { requestListener } from './handle-request.js';
import { urlsOf } from './hosts.js';
import { settleOptions, type SandboxOptions, type SandboxSettings } from './options.js';
import { RequestLog } from './request-log.js';
import { makeRouter } from './router.js';
import { contactRoutes } from './routes-contacts.js';
import { organisationRoutes } from './routes-organisation.js';
import { seedContacts } from './seed-contacts.js';
import { SandboxStore } from './store.js';

/** How long an idle connection stays open: longer than clients wait between two requests. */
const KEEP_ALIVE_MS = 72_000;

/** A running sandbox: a contacts API over HTTP, with its contacts in memory. */
export interface Sandbox {
  /** `http://host:port`, without a slash at the end; a loopback address where it listens on all addresses. */
  url: string;
  /** The only API key that it accepts. */
  key: string;
  /** Its contacts, tags and schema: read what was written, or write as another user would. */
  store: SandboxStore;
  /** The requests that it received, and what became of them. */
  log: RequestLog;
  /** Replaces the faults, and draws from the seed again. Throws an Error for invalid faults (see `checkFaults`). */
  setFaults(faults: readonly Fault[]): void;
  /** Stops the server: cuts every connection, and drops requests that still wait. A second call does nothing. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox and resolves once it accepts connections. Rejects with an Error for invalid faults, and with the
 * system's error (`code` EADDRINUSE, EADDRNOTAVAIL, EACCES …) where it cannot listen on the host and port.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = settleOptions(options);
  const store = filledStore(settings);
  const log = new RequestLog();
  let picker = faultPicker(settings.faults, settings.seed);
  const findRoute = makeRouter([
    ...contactRoutes({ store, log, rules: settings.rules, prefix: settings.prefix }),
    ...organisationRoutes(store),
  ]);
  const closing = new AbortController();
  // Every request that waits listens to it.
  setMaxListeners(0, closing.signal);
  const pickFault: FaultPicker = (request, keys) => picker(request, keys);
  const server = createServer(requestListener({ settings, log, findRoute, pickFault, closing: closing.signal }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const url = await listen(server, settings);

  return {
    url,
    key: settings.key,
    store,
    log,
    setFaults: (faults) => {
      checkFaults(faults);
      picker = faultPicker(faults, settings.seed);
    },
    close: async () => {
      closing.abort();
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: SandboxSettings): Promise<string> {
  server.listen({ host, port });
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return urlsOf(host, taken)[0];
}

function filledStore({ contacts, seed, notFilterable, filterCase }: SandboxSettings): SandboxStore {
  const store = new SandboxStore({ notFilterable, filterCase });
  if (typeof contacts === 'number') store.load(seedContacts(contacts, seed));
  else store.loadForeign(contacts);
  return store;
}
