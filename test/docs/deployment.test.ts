import { execFile, execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import type { Summary } from '../../src/core/run/summary.js';
import { readText, ROOT, world, type World } from '../support/docs.js';

const run = promisify(execFile);
const CLI = path.join(ROOT, 'dist/cli.js');

/** The file's lines without comments. */
function lines(file: string): string[] {
  return readText(file)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** Runs a script as a runner does, with the command on its path and other programs replaced. */
async function shell(it: World, script: string, env: Record<string, string> = {}): Promise<string> {
  const bin = path.join(it.dir, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, 'contact-sync'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  // What is installed is the package, which has tests of its own.
  await writeFile(path.join(bin, 'npm'), '#!/bin/sh\n');
  for (const name of ['contact-sync', 'npm']) await chmod(path.join(bin, name), 0o755);
  const base = { HOME: it.dir, TMPDIR: it.dir, ...it.env };
  const { stdout, stderr } = await run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: it.dir,
    env: { ...base, ...env, PATH: `${bin}:${process.env['PATH']}` },
  });
  return stdout + stderr;
}

async function newestSummary(it: World): Promise<Summary> {
  const { stdout } = await it.cli(['runs', '--json']);
  return (JSON.parse(stdout) as Summary[])[0]!;
}

interface Step {
  run?: string;
  if?: string;
  env?: Record<string, string>;
}

describe('jobs/crontab', () => {
  const entries = lines('jobs/crontab').filter((line) => /^[\d*]/.test(line));

  test(
    'has lines of five fields and a command, each of which runs',
    world(async (it) => {
      expect(entries).toHaveLength(2);
      for (const line of entries) {
        const [, command = ''] = /^(?:[\d*,/-]+ +){5}(.+)$/.exec(line) ?? [];
        await shell(it, command.replace('/srv/crm', it.dir));
      }
      expect((await newestSummary(it)).counts.updated).toBe(11);
      expect(await readFile(path.join(it.dir, 'nightly.log'), 'utf8')).toContain('0 runs deleted');
    }),
  );
});

describe('the service and the timer of systemd', () => {
  test(
    'are what systemd accepts, and what they start runs',
    world(async (it) => {
      for (const name of ['contact-sync.service', 'contact-sync.timer']) {
        const text = readText(`jobs/${name}`).replace('/usr/local/bin/contact-sync', '/bin/true');
        await writeFile(path.join(it.dir, name), text);
      }
      if (hasProgram('systemd-analyze')) {
        const { stderr } = await run('systemd-analyze', ['verify', '--man=no', `${it.dir}/contact-sync.timer`]);
        expect(stderr.split('\n').filter((line) => line.includes('contact-sync'))).toEqual([]);
      }
      const [, command = ''] = /^ExecStart=\/usr\/local\/bin\/(.*)$/m.exec(readText('jobs/contact-sync.service')) ?? [];
      await shell(it, command.replace('/etc/contact-sync', path.join(it.dir, 'jobs')));
      expect((await newestSummary(it)).counts.updated).toBe(11);
    }),
  );

  test('the service has the key by LoadCredential, and no way to become more than it is', () => {
    const service = lines('jobs/contact-sync.service');
    expect(service).toEqual(
      expect.arrayContaining([
        ...['LoadCredential=api-key:/etc/contact-sync/key', 'Environment=CONTACT_SYNC_API_KEY_FILE=%d/api-key'],
        ...['DynamicUser=yes', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet='],
      ]),
    );
  });
});

function hasProgram(name: string): boolean {
  try {
    execFileSync('which', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('jobs/Dockerfile', () => {
  const text = readText('jobs/Dockerfile');
  const instructions = lines('jobs/Dockerfile')
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.split(/ (.*)/s).slice(0, 2) as [string, string]);
  const all = (name: string): string[] => instructions.filter(([word]) => word === name).map(([, rest]) => rest);

  test('keeps the rules of hadolint', () => {
    const known = ['FROM', 'ARG', 'COPY', 'RUN', 'ENV', 'VOLUME', 'WORKDIR', 'USER', 'ENTRYPOINT', 'CMD'];
    expect(instructions.map(([word]) => word).filter((word) => !known.includes(word))).toEqual([]);
    expect(all('FROM')).toEqual([expect.stringMatching(/^node:\d+-slim$/)]);
    expect(all('USER').at(-1)).not.toMatch(/root|^0/);
    for (const form of [...all('ENTRYPOINT'), ...all('CMD'), ...all('VOLUME')])
      expect(JSON.parse(form)).toBeInstanceOf(Array);
    for (const folder of all('WORKDIR')) expect(path.isAbsolute(folder)).toBe(true);
    expect(text).not.toMatch(/\bsudo\b|apt-get|curl|wget|latest$/m);
    expect(all('ENV').join()).not.toMatch(/KEY|TOKEN|SECRET/);
  });

  test('installs the tarball of this version, with the runs in a volume of the user', () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };
    expect(all('ARG')).toEqual([`PACKAGE=contact-sync-${version}.tgz`]);
    expect(all('RUN').join()).toMatch(/install -d -o node .* \/data \/data\/runs$/);
    expect(all('VOLUME')).toEqual(['["/data"]']);
  });
});

describe('the CronJob of Kubernetes', () => {
  const documents = parseAllDocuments(readText('jobs/kubernetes-cronjob.yaml'));
  interface CronJob {
    spec: {
      concurrencyPolicy: string;
      jobTemplate: {
        spec: {
          backoffLimit: number;
          template: {
            spec: {
              securityContext: object;
              volumes: { name: string }[];
              containers: { args: string[]; securityContext: object; volumeMounts: { name: string }[] }[];
            };
          };
        };
      };
    };
  }
  const job = documents[1]!.toJS() as CronJob;
  const pod = job.spec.jobTemplate.spec.template.spec;

  test('is YAML without errors, runs one pod at a time without root, and mounts what it names', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(job).toMatchObject({ kind: 'CronJob', apiVersion: 'batch/v1', spec: { concurrencyPolicy: 'Forbid' } });
    expect(job.spec.jobTemplate.spec.backoffLimit).toBe(0);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    const [container] = pod.containers;
    expect(container?.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
    expect(container?.volumeMounts.map(({ name }) => name).sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
  });

  test(
    'has arguments that run',
    world(async (it) => {
      const args = pod.containers[0]!.args.map((arg) => arg.replace(/^\/(jobs|data)/, `${it.dir}/$1`));
      await mkdir(path.join(it.dir, 'data'));
      expect(await it.cli(args)).toMatchObject({ code: 0 });
    }),
  );
});

describe('jobs/gitlab-ci.yml', () => {
  test(
    'has scripts that run, stage by stage',
    world(async (it) => {
      const config = parse(readText('jobs/gitlab-ci.yml')) as Record<string, { stage: string; script: string[] }> & {
        stages: string[];
        default: { before_script: string[] };
        variables: Record<string, string>;
      };
      for (const stage of config.stages) {
        const job = config[stage]!;
        expect(job.stage).toBe(stage);
        const approved = stage === 'apply' ? { APPROVED: (await newestSummary(it)).digest ?? '' } : {};
        const variables = { ...config.variables, ...approved };
        for (const line of [...config.default.before_script, ...job.script]) await shell(it, line, variables);
      }
      expect(await newestSummary(it)).toMatchObject({ command: 'plan', state: 'done', counts: { updated: 11 } });
    }),
  );
});

describe('GitHub Actions', () => {
  const action = parse(readText('jobs/github/action.yml')) as { runs: { steps: Step[] } };

  test('the workflow and the action are what their schemas describe', () => {
    expect(validateWorkflow(readText('jobs/github/contacts.yml'))).toMatchObject({ errors: [] });
    expect(validateAction(readText('jobs/github/action.yml'))).toMatchObject({ errors: [] });
    const broken = readText('jobs/github/contacts.yml').replace('runs-on:', 'run-on:');
    expect((validateWorkflow(broken) as { errors: unknown[] }).errors).not.toEqual([]);
  });

  /** The scripts of the action's steps, as one of its two uses runs them. */
  async function use(it: World, inputs: { approved: string }): Promise<string> {
    let output = '';
    for (const { run: script, if: when, env = {} } of action.runs.steps) {
      const runs = when === undefined || (when.includes('==') ? inputs.approved === '' : inputs.approved !== '');
      if (script === undefined || !runs) continue;
      const values: Record<string, string> = { job: 'jobs/ci-migration.json', package: 'x.tgz', ...inputs };
      const given = Object.entries(env).map(([name, text]) => [
        name,
        text.replace(/\$\{\{ inputs\.(\w+) \}\}/, (_, input: string) => values[input]!),
      ]);
      const github = {
        GITHUB_ACTIONS: 'true',
        GITHUB_STEP_SUMMARY: 'step.md',
        GITHUB_OUTPUT: 'output',
        RUNNER_TEMP: it.dir,
      };
      output += await shell(it, script, { ...github, ...(Object.fromEntries(given) as Record<string, string>) });
    }
    return output;
  }

  test(
    'a pull request plans, and the merge applies that plan on another machine',
    world(async (it) => {
      const printed = await use(it, { approved: '' });
      const digest = (await readFile(path.join(it.dir, 'runs/digest.txt'), 'utf8')).trim();
      expect([printed.includes(digest), await readFile(path.join(it.dir, 'output'), 'utf8')]).toEqual([
        true,
        `digest=${digest}\n`,
      ]);
      expect(await readFile(path.join(it.dir, 'step.md'), 'utf8')).toContain(`Plan digest: \`${digest}\``);

      // Another runner: a clone, the artifact, and nothing that the first one remembers.
      const other: World = { ...it, dir: path.join(it.dir, 'other') };
      await mkdir(other.dir);
      for (const folder of ['jobs', 'samples', 'runs']) {
        await cp(path.join(it.dir, folder), path.join(other.dir, folder), { recursive: true });
      }
      process.chdir(other.dir);
      await expect(use(other, { approved: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({ code: 5 });
      expect(it.sandbox.log.patches()).toHaveLength(0);
      await use(other, { approved: digest });
      expect(it.sandbox.log.patches()).toHaveLength(11);
    }),
  );
});
