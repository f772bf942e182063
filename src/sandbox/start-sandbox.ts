import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkFaults, faultPicker, type Fault, type FaultyRequest } from './faults.js';
import { requestListener } from './handle-request.js';
import { originOf, reachableHost } from './hosts.js';
import { settleOptions, type SandboxOptions, type SandboxSettings } from './options.js';
import { RequestLog } from './request-log.js';
import { makeRouter } from './router.js';
import { contactRoutes } from './routes-contacts.js';
import { organisationRoutes } from './routes-organisation.js';
import { seedContacts } from './seed-contacts.js';
import { SandboxStore } from './store.js';

/** How long an idle connection stays open: longer than clients wait between two calls. */
const KEEP_ALIVE_MS = 72_000;

/** A running contacts API. */
export interface Sandbox {
  /** `http://host:port`, without a slash at the end; a loopback address where it listens at every address. */
  url: string;
  /** The key that it lets in. */
  key: string;
  store: SandboxStore;
  log: RequestLog;
  /** Replaces the faults; which requests they befall starts afresh from the seed. Throws for shares above 100 %. */
  setFaults(faults: readonly Fault[]): void;
  /** Cuts every connection, also those that were left hanging, and stops. */
  close(): Promise<void>;
}

/** Starts a contacts API on a real port. Throws where the options contradict themselves or the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = settleOptions(options);
  const store = filledStore(settings);
  const log = new RequestLog();
  let pickFault = faultPicker(settings.faults, settings.seed);

  const closing = new AbortController();
  const findRoute = makeRouter([
    ...contactRoutes({ store, log, rules: settings.rules, prefix: settings.prefix }),
    ...organisationRoutes(store),
  ]);
  const pick = (request: FaultyRequest) => pickFault(request);
  const server = createServer(requestListener({ settings, log, findRoute, pickFault: pick, closing: closing.signal }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const url = await listen(server, settings);

  return {
    url,
    key: settings.key,
    store,
    log,
    setFaults: (faults) => {
      checkFaults(faults);
      pickFault = faultPicker(faults, settings.seed);
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
  return originOf(reachableHost(host), taken);
}

function filledStore({ contacts, seed, idFilterable }: SandboxSettings): SandboxStore {
  const store = new SandboxStore(idFilterable);
  if (typeof contacts === 'number') store.load(seedContacts(contacts, seed));
  else store.loadForeign(contacts);
  return store;
}
