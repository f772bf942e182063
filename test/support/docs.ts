import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRunId } from '../../src/core/run/run-folder.js';
import type { Summary } from '../../src/core/run/summary.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/start-sandbox.js';
import type { ResultLine } from '../../src/core/model/outcome.js';
import { runHere, type Ended } from './command.js';
import { ROOT } from './root.js';

export { ROOT };

/** How a sync ended, and what it left in its folder. */
export interface Run extends Ended {
  summary: Summary;
  /** In the order of the file. */
  results: ResultLine[];
}

/** What a test has to itself: an API, and a folder with copies of `samples/` and `jobs/`. */
export interface World {
  dir: string;
  sandbox: Sandbox;
  /** The command's environment. */
  env: Record<string, string>;
  /** Runs the command in the folder, in this process. */
  cli: (args: readonly string[]) => Promise<Ended>;
  /** As `cli`, and reads the run that it made. */
  sync: (args: readonly string[]) => Promise<Run>;
}

/** The text of a file of the repository. */
export function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** A test's body with a fresh sandbox and a folder of its own, both gone afterwards. */
export function world(use: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-docs-'));
    const sandbox = await startSandbox();
    // Paths on a command line are relative to it.
    process.chdir(dir);
    try {
      for (const folder of ['samples', 'jobs']) {
        await cp(path.join(ROOT, folder), path.join(dir, folder), { recursive: true });
      }
      await use(makeWorld(dir, sandbox));
    } finally {
      process.chdir(ROOT);
      await sandbox.close();
      await rm(dir, { recursive: true, force: true });
    }
  };
}

function makeWorld(dir: string, sandbox: Sandbox): World {
  const env = {
    ...{ HOME: dir, TMPDIR: dir },
    ...{ CONTACT_SYNC_BASE_URL: sandbox.url, CONTACT_SYNC_API_KEY: sandbox.key },
  };
  const cli = (args: readonly string[]): Promise<Ended> => runHere({ args, cwd: dir, env, input: '' });
  const sync = async (args: readonly string[]): Promise<Run> => {
    const ended = await cli(args);
    return { ...ended, ...(await readRun(path.join(dir, 'runs'), ended)) };
  };
  return { dir, sandbox, env, cli, sync };
}

async function readRun(runs: string, ended: Ended): Promise<Pick<Run, 'summary' | 'results'>> {
  const newest = (await readdir(runs).catch(() => [])).filter(isRunId).sort().at(-1);
  if (newest === undefined) throw new Error(`There is no run; the process said: ${ended.stdout}${ended.stderr}`);
  const read = (name: string): Promise<string> => readFile(path.join(runs, newest, name), 'utf8');
  const lines = (await read('results.ndjson')).trim().split('\n');
  return {
    summary: JSON.parse(await read('summary.json')) as Summary,
    results: lines.map((line) => JSON.parse(line) as ResultLine).sort((a, b) => a.row - b.row),
  };
}

/** The words of a shell line: quotes taken off, a comment at its end left out. */
export function shellWords(line: string): string[] {
  const bare = line.replace(/(^|\s)#.*$/, '');
  return [...bare.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
}

/** Each run of `contact-sync` that a document shows in a block or in running text, as its words behind the name. */
export function shownCommands(markdown: string): string[][] {
  const blocks = [...markdown.matchAll(/^```(?:sh|crontab|yaml|text)\n(.*?)^```$/gms)].map(([, body]) => body ?? '');
  // Not those that leave something open: `contact-sync <command> --help`.
  const inline = [...markdown.matchAll(/`(contact-sync [^`<…]+)`/g)].map(([, line]) => line ?? '');
  const lines = [...blocks.flatMap((block) => block.split('\n')), ...inline];
  return lines.flatMap((line) => {
    const words = shellWords(line);
    const at = words.indexOf('contact-sync');
    if (at === -1 || words[at - 1] === 'clone' || words[at + 1] === '&&') return [];
    const rest = words.slice(at + 1);
    const end = rest.findIndex((word) => /^(\d?>|\||&)/.test(word));
    return [end === -1 ? rest : rest.slice(0, end)];
  });
}
