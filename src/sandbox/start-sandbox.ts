import Fastify, { type FastifyInstance } from 'fastify';
import { addErrorAnswers } from './errors.js';
import { checkFaults, faultPicker, type Fault } from './faults.js';
import { addHooks } from './hooks.js';
import { settleOptions, type SandboxOptions, type SandboxSettings } from './options.js';
import { RequestLog } from './request-log.js';
import { addContactRoutes } from './routes-contacts.js';
import { addOrganisationRoutes } from './routes-organisation.js';
import { seedContacts } from './seed-contacts.js';
import { SandboxStore } from './store.js';

/** A running contacts API. */
export interface Sandbox {
  /** `http://host:port`, without a slash at the end. */
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

  const app = createServer();
  addHooks(app, { settings, log, pickFault: (request) => pickFault(request) });
  addErrorAnswers(app);
  addContactRoutes(app, { store, log, rules: settings.rules, prefix: settings.prefix });
  addOrganisationRoutes(app, store);
  const url = await app.listen({ host: settings.host, port: settings.port });

  return {
    url,
    key: settings.key,
    store,
    log,
    setFaults: (faults) => {
      checkFaults(faults);
      pickFault = faultPicker(faults, settings.seed);
    },
    close: () => app.close(),
  };
}

function createServer(): FastifyInstance {
  return Fastify({
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 1000 },
    // The API refuses what does not fit; Fastify by default would convert values and drop unknown keys.
    // Its own schemas are fixed: to check them anew is most of what a start takes.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, validateSchema: false } },
  });
}

function filledStore({ contacts, seed, idFilterable }: SandboxSettings): SandboxStore {
  const store = new SandboxStore(idFilterable);
  if (typeof contacts === 'number') store.load(seedContacts(contacts, seed));
  else store.loadForeign(contacts);
  return store;
}
