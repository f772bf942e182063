import type { Answer } from './answer.js';
import type { LogEntry, RequestKind } from './request-log.js';

/** A request as a handler gets it. */
export interface Call {
  /** The parts of the path that the pattern names, decoded. */
  params: Readonly<Record<string, string>>;
  /** With its question mark; empty where there is none. */
  search: string;
  /** Parsed JSON, unchecked; undefined where there was none or the route takes none. */
  body: unknown;
  /** The Host header, checked. */
  host: string | undefined;
  /** This request in the log. */
  entry: LogEntry;
}

/** What a method and a path lead to. */
export interface Route {
  method: 'GET' | 'PATCH' | 'POST';
  /** `/v1/contacts/:id`; a part that starts with a colon takes anything. */
  pattern: string;
  kind: RequestKind;
  handle: (call: Call) => Answer;
}

/** What a request leads to. */
export interface Match {
  /** Undefined where no route takes it. */
  route: Route | undefined;
  params: Call['params'];
  search: string;
  /** The methods that its path takes; none for an unknown path. Asked only where there is no route. */
  allowed: () => string[];
}

/** Finds the route of a method and a request target. HEAD goes where GET goes. */
export type FindRoute = (method: string, target: string) => Match;

/** A pattern's parts take whatever has no slash; of several routes that fit, the first goes. */
export function makeRouter(routes: readonly Route[]): FindRoute {
  const table = routes.map((route) => ({ route, path: pathOf(route.pattern) }));
  return (method, target) => {
    // A proxy may send the whole URL. A fragment is never sent.
    const [, path = '', search = ''] = /^(?:https?:\/\/[^/?]*)?([^?]*)(.*)$/i.exec(target) ?? [];
    const allowed = (): string[] => methodsOf(table.filter((entry) => entry.path.test(path)).map(({ route }) => route));
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const { route, path: pattern } of table) {
      const found = route.method === wanted ? pattern.exec(path) : null;
      if (found) return { route, params: decoded(found.groups ?? {}), search, allowed };
    }
    return { route: undefined, params: {}, search, allowed };
  };
}

function pathOf(pattern: string): RegExp {
  const parts = pattern
    .split('/')
    .map((part) => (part.startsWith(':') ? `(?<${part.slice(1)}>[^/]*)` : part.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

function methodsOf(routes: readonly Route[]): string[] {
  return [...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}

/** A part that cannot be decoded stays as it is: it is no id that anyone has. */
function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, part] of Object.entries(groups)) {
    try {
      params[name] = decodeURIComponent(part);
    } catch {
      params[name] = part;
    }
  }
  return params;
}
