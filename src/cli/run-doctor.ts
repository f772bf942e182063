import { inspectApi, type Inspection } from '../core/inspect-api.js';
import { secretsOf } from '../core/api/proxy.js';
import { redactor, type Redact } from '../core/model/redact.js';
import { knownTarget } from '../core/run/target.js';
import { checkAddress } from './doctor/check-address.js';
import { checkApi } from './doctor/check-api.js';
import { checkNode, checkOrganisationFiles, checkRuns } from './doctor/check-machine.js';
import { checkKey, checkSettings } from './doctor/check-settings.js';
import { warn, type Finding, type Said } from './doctor/finding.js';
import { errorKind, EXIT, type ExitCode } from './exit-codes.js';
import { optionsOf } from './flags.js';
import { linesOf } from './messages.js';
import { userId } from './open-store.js';
import { oneLine } from './output/neutralise.js';
import { machineDirOf } from './settings/machine-dir.js';
import type { Io } from './output/io.js';
import { printJson, printResult } from './output/terminal.js';
import { renderTable, widthOf } from './screen/layout.js';
import { plural } from '../core/report/format.js';
import { routeTo, type Route } from './settings/proxy.js';
import type { Resolved, Sources } from './settings/resolve.js';

interface DoctorSetup extends Resolved {
  sources: Sources;
  io: Io;
  /** Told of the key, so that no message shows it. */
  onKey: (key: string) => void;
  /** Told of what else no message shows. */
  secrets: Set<string>;
}

/**
 * `doctor`: checks all that a run needs, with at most three requests, and changes neither contacts nor runs.
 * @returns 0, or what the first failed check says
 */
export async function runDoctor(setup: DoctorSetup): Promise<ExitCode> {
  const { settings, io } = setup;
  let key: string | undefined;
  const found = await examine({
    ...setup,
    onKey: (value) => setup.onKey((key = value)),
  });
  const exit_code = exitCodeOf(found);
  // An API may put the key into any of its words.
  const findings = found.map((finding) => toSaid(finding, redactor(key, ...setup.secrets)));
  if (settings.json) printJson(io, { ok: exit_code === EXIT.ok, exit_code, findings });
  else printResult(io, render(findings, widthOf(io.stdout)));
  return exit_code;
}

function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const first = findings.find(({ level }) => level === 'fail');
  if (first === undefined) return EXIT.ok;
  return 'error' in first && errorKind(first.error) === 'key' ? EXIT.key : EXIT.usage;
}

async function examine(setup: DoctorSetup): Promise<readonly Finding[]> {
  const { settings, origins, sources, io, onKey } = setup;
  const used = new Set(Object.keys(optionsOf('doctor')));
  const { key, findings } = await checkKey({ settings, origins }, sources, used, io, onKey);
  const { proxy, findings: address } = await checkRoute(setup);
  const first = [checkNode(process.version), checkSettings({ origins }), ...findings, ...address];
  const runs = await checkRuns(settings, userId());
  if (key === undefined) return [...first, ...runs];
  const machine = machineDirOf(settings, io);
  const { baseUrl, apiPrefix, timeout: timeoutMs } = settings;
  const isReachable = address.every(({ level }) => level !== 'fail');
  const found: Inspection | undefined = isReachable
    ? await inspectApi({ baseUrl, apiPrefix, key, timeoutMs, proxy })
    : undefined;
  const known = await knownTarget({ baseUrl, apiPrefix, key }, machine);
  const target = { ...known, organisation: found?.organisation ?? known.organisation };
  return [
    ...first,
    ...(found ? checkApi(found, settings) : [warn('api', 'not asked, as the connection fails')]),
    ...runs,
    ...(await checkOrganisationFiles(settings, target, key, machine)),
  ];
}

/** The way to the API. */
async function checkRoute({ settings, io, secrets }: DoctorSetup) {
  let route: Route;
  try {
    route = routeTo(settings.baseUrl, io.env);
  } catch (error) {
    return { findings: [{ check: 'proxy', level: 'fail', error } satisfies Finding] };
  }
  for (const secret of secretsOf(route.proxy)) secrets.add(secret);
  return { proxy: route.proxy, findings: await checkAddress(settings, route, io.env) };
}

function toSaid(finding: Finding, clean: Redact): Said {
  const { check, level } = finding;
  const [text = '', ...rest] = 'error' in finding ? linesOf(finding.error) : [finding.text];
  const advice = finding.advice ?? rest.join(' ');
  return { check, level, text: clean(text), ...(advice === '' ? {} : { advice }) };
}

function render(findings: readonly Said[], width: number): string {
  const rows = findings.map(({ level, check, text, advice }) => [
    level,
    check,
    oneLine(advice ? `${text}. ${advice}` : text),
  ]);
  const [fails, warns] = (['fail', 'warn'] as const).map(
    (kind) => findings.filter(({ level }) => level === kind).length,
  );
  const end =
    fails === 0 && warns === 0 ? 'No problems found' : `${plural(fails!, 'failure')}, ${plural(warns!, 'warning')}`;
  return `${renderTable(rows, [], width)}\n\n${end}`;
}
