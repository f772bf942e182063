import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { id } from '../../support/world.js';
import { csvOf, files, ID, type Mistake } from './mistake.js';

const USAGE = { code: 2 } as const;
const NIGHTLY = ['sync', 'edits.csv', '--no-progress', '--yes'] as const;

/** Homes, folders and outputs of a machine that is not set up as a person's own. */
export const MACHINE: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'a home folder that cannot be written',
    arrange: files({ home: 'a file' }),
    run: ['sync', 'edits.csv'],
    env: ({ dir }) => ({ HOME: `${dir}/home` }),
    says: [
      /cannot write to .*\/home\/\.contact-sync: .*\. Set HOME, or --lock-dir, to a folder that can be written to/,
    ],
  },
  {
    code: 0,
    mistake: 'the same, with --lock-dir',
    arrange: files({ home: 'a file' }),
    run: ['sync', 'edits.csv', '--lock-dir', 'machine/locks'],
    env: ({ dir }) => ({ HOME: `${dir}/home` }),
    after() {
      expect(existsSync('machine/locks/salt')).toBe(true);
      expect(statSync('machine/locks').mode & 0o777).toBe(0o700);
    },
  },
  {
    code: 0,
    mistake: 'no HOME, where the system knows the user',
    run: ['runs'],
    env: { HOME: '' },
    shows: ['no runs in'],
  },
  {
    ...USAGE,
    mistake: 'a folder of runs that is a file',
    arrange: files({ runs: 'a file' }),
    run: ['sync', 'edits.csv'],
    says: [/cannot make the run's folder .*\/runs\/.*: .* \(--runs-dir names another folder\)/],
  },
  {
    ...USAGE,
    mistake: 'an export into a folder that does not exist',
    run: ['export', '--out', 'nodir/all.csv'],
    says: [/^(?!.*\.part)[^]*contact-sync: nodir\/all\.csv: there is no folder \/.*\/nodir\n/],
  },
  {
    ...USAGE,
    mistake: 'an export over the file with the edits',
    run: ['export', '--out', 'edits.csv'],
    says: ['edits.csv: already exists; use --force to overwrite it'],
  },
  {
    ...USAGE,
    mistake: 'an export to a workbook',
    run: ['export', '--out', 'all.xlsx'],
    says: ['all.xlsx: this would be CSV, not a workbook; write to all.csv'],
  },
  { code: 0, mistake: 'a nightly sync in which all is well, which says nothing to mail', run: NIGHTLY, says: [/^$/] },
  {
    code: 0,
    mistake: 'the same with --quiet, which prints no result either',
    run: ['sync', 'edits.csv', '--quiet'],
    says: [/^$/],
    shows: [/^$/],
  },
  {
    code: 0,
    mistake: 'a nightly export',
    run: ['export', '--out', 'all.csv', '--no-progress'],
    says: [/^$/],
  },
  {
    code: 0,
    mistake: 'warnings of the log in a nightly run',
    arrange: warned,
    run: [...NIGHTLY, '--snapshot', 'all.csv'],
    says: [/^$/],
  },
  {
    code: 0,
    mistake: 'warnings of the log in a nightly run that asks for them',
    arrange: warned,
    run: [...NIGHTLY, '--snapshot', 'all.csv', '--log-level', 'warn'],
    says: [/^\S+ warn runs have written since the snapshot: .*\n$/],
  },
  {
    code: 0,
    mistake: 'warnings about settings in a nightly run',
    run: NIGHTLY,
    env: { CONTACT_SYNC_CONCURENCY: '4' },
    says: [/^$/],
  },
  {
    code: 3,
    mistake: 'a nightly run in which not all is well, which exits with 3',
    arrange: csvOf('contact_id,title', `${ID},Nightly`, 'x,y'),
    run: NIGHTLY,
    shows: ['1  invalid'],
  },
];

/** A snapshot that is older than what a run has written. */
async function warned({ cli, dir }: Parameters<NonNullable<Mistake['arrange']>>[0]): Promise<void> {
  await cli('export', '--out', 'all.csv');
  await cli('sync', 'edits.csv');
  writeFileSync('edits.csv', `contact_id,title\n${id(3)},Again ${dir}\n`);
}
