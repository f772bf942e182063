import type { Answer } from './answer.js';
import type { LogEntry, RequestKind } from './request-log.js';

/** A request as the handler of a route receives it. */
export interface Call {
  /** The parts of the path that the pattern names, URL-decoded. */
  params: Readonly<Record<string, string>>;
  /** The query with its question mark; empty where there is none. */
  search: string;
  /** Parsed JSON, not validated; undefined where there is none, and for GET. */
  body: unknown;
  /** The Host header, already checked. */
  host: string | undefined;
  /** This request in the log. */
  entry: LogEntry;
}

/** An endpoint. */
export interface Route {
  method: 'GET' | 'PATCH' | 'POST';
  /** Such as `/v1/contacts/:id`; a part that starts with a colon matches any text without a slash. */
  pattern: string;
  kind: RequestKind;
  /** Throws an ApiError or a ZodError for a request that it refuses. */
  handle: (call: Call) => Answer;
}

/** What the router knows of a request. */
export interface Match {
  /** Undefined where no route matches. */
  route: Route | undefined;
  params: Call['params'];
  search: string;
  /** The methods that its path allows; none for an unknown path. */
  allowed: () => string[];
}

/** Finds the route for a method and a request target. HEAD uses the routes of GET. */
export type FindRoute = (method: string, target: string) => Match;

/** Makes a router. Where several routes match, the first is taken. */
export function makeRouter(routes: readonly Route[]): FindRoute {
  const table = routes.map((route) => ({ route, path: pathOf(route.pattern) }));
  return (method, target) => {
    // The target may be a whole URL, as clients send it to a proxy. It never has a fragment.
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

/** A part that cannot be decoded stays as it is: no contact has such an id. */
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
