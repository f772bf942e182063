import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { files, type Mistake } from './mistake.js';

const USAGE = { code: 2 } as const;
const KEY = { code: 7 } as const;
const PLAN = ['plan', 'edits.csv'] as const;
const JOB = ['plan', '--job', 'job.json'] as const;
const WRONG_KEY = 'mks_wrong00000000000000000000';
const NO_KEY = { CONTACT_SYNC_API_KEY: undefined };

/** A job file of these bytes. */
function job(text: string | Buffer): () => void {
  return files({ 'job.json': text });
}

/** A .env of these bytes. */
function dotenv(text: string | Buffer): () => void {
  return files({ '.env': text });
}

function utf16(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, 'utf16le');
}

const KEY_MISTAKES: readonly Mistake[] = [
  {
    ...KEY,
    mistake: 'no key',
    run: PLAN,
    env: NO_KEY,
    says: ['No API key: set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE'],
  },
  {
    ...KEY,
    mistake: 'a key in quotes',
    run: PLAN,
    env: { CONTACT_SYNC_API_KEY: `'${WRONG_KEY}'` },
    says: ['CONTACT_SYNC_API_KEY: the API key is in quotes; remove them'],
    not: [/mks_wrong/],
  },
  {
    ...KEY,
    mistake: 'a key with "Bearer" before it',
    run: PLAN,
    env: { CONTACT_SYNC_API_KEY: `Bearer ${WRONG_KEY}` },
    says: ['CONTACT_SYNC_API_KEY: the API key holds a space or another character that no key has'],
    not: [/mks_wrong/],
  },
  {
    code: 0,
    mistake: 'a key with a line break at its end',
    run: PLAN,
    env: ({ key }) => ({ CONTACT_SYNC_API_KEY: `${key}\n` }),
  },
  {
    ...KEY,
    mistake: 'NAME=key in a key file',
    arrange: files({ key: `CONTACT_SYNC_API_KEY=${WRONG_KEY}\n` }),
    run: PLAN,
    env: { ...NO_KEY, CONTACT_SYNC_API_KEY_FILE: 'key' },
    says: ['key: expected the API key alone, without NAME= before it'],
    not: [/mks_wrong/],
  },
  {
    ...KEY,
    mistake: 'a misspelt key file',
    arrange: files({ 'crm.key': 'x' }),
    run: PLAN,
    env: { ...NO_KEY, CONTACT_SYNC_API_KEY_FILE: 'cmr.key' },
    says: ['CONTACT_SYNC_API_KEY_FILE: cmr.key: no such file (did you mean "crm.key"?)'],
  },
  {
    code: 0,
    mistake: '~ in the path of a key file, which no shell has replaced',
    arrange: ({ dir, key }) => writeFileSync(path.join(dir, '..', '.key'), key, { mode: 0o600 }),
    run: PLAN,
    env: { ...NO_KEY, CONTACT_SYNC_API_KEY_FILE: '~/.key' },
  },
  {
    code: 0,
    mistake: 'a key file that others can read',
    arrange({ key }) {
      writeFileSync('key', key);
      chmodSync('key', 0o644);
    },
    run: PLAN,
    env: { ...NO_KEY, CONTACT_SYNC_API_KEY_FILE: 'key' },
    says: ['warning: key holds the API key and can be read by other users; run: chmod 600 key'],
  },
  {
    code: 0,
    mistake: 'a key file with a byte order mark',
    arrange: ({ key }) => writeFileSync('key', `\uFEFF${key}\r\n`, { mode: 0o600 }),
    run: PLAN,
    env: { ...NO_KEY, CONTACT_SYNC_API_KEY_FILE: 'key' },
    says: [/^(?!.*character)/],
  },
];

const JOB_MISTAKES: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'a misspelt job file',
    arrange: files({ 'nightly.json': '{}' }),
    run: ['plan', '--job', 'nightlly.json'],
    says: ['--job nightlly.json: no such file (did you mean "nightly.json"?)'],
  },
  {
    ...USAGE,
    mistake: 'a misspelt key in a job file',
    arrange: job('{\n  "csv": "edits.csv",\n  "max-chnages": 3\n}'),
    run: JOB,
    says: ['job.json: line 3: unknown key "max-chnages" (did you mean "max-changes"?)'],
  },
  {
    ...USAGE,
    mistake: 'a key twice in a job file',
    arrange: job('{\n  "max-changes": 3,\n  "csv": "edits.csv",\n  "maxChanges": 300\n}'),
    run: JOB,
    says: ['job.json: line 4: "maxChanges" is already in line 2'],
  },
  {
    ...USAGE,
    mistake: 'a wrong value in a job file',
    arrange: job('{\n  "csv": "edits.csv",\n\n  "rate": "5"\n}'),
    run: JOB,
    says: ['job.json: line 4: rate: expected a rate such as 1000/h, 100/m or none, got "5"'],
  },
  {
    code: 0,
    mistake: 'comments and a comma behind the last item of a job file',
    arrange: job('// nightly\n{\n  "csv": "edits.csv", /* of the CRM */\n  "map": ["Job=title",],\n}\n'),
    run: [...JOB, '--map', 'title=title'],
  },
  {
    ...USAGE,
    mistake: 'a missing comma in a job file',
    arrange: job('{\n  "csv": "edits.csv"\n  "strict": true\n}'),
    run: JOB,
    says: ['job.json: line 3, column 3: expected a comma'],
  },
  {
    ...USAGE,
    mistake: 'keys without quotes in a job file',
    arrange: job('{\n  csv: "edits.csv"\n}'),
    run: JOB,
    says: ['job.json: line 2, column 3: expected a value or a key in double quotes'],
  },
  {
    ...USAGE,
    mistake: 'a Windows path in a job file',
    arrange: job('{\n  "csv": "..\\good.csv"\n}'),
    run: JOB,
    says: ['job.json: line 2, column 10: a backslash starts an escape; write / or \\\\ in paths'],
  },
  {
    ...USAGE,
    mistake: 'a Windows path in a job file whose backslashes are escapes',
    arrange: job('{\n  "csv": "C:\\new\\table.csv"\n}'),
    run: JOB,
    says: [/job\.json: line 2: csv: holds a line break, a tab or the like, as .* write \/ or \\\\ in paths/],
  },
  { code: 0, mistake: 'a job file with a byte order mark', arrange: job('\uFEFF{"csv": "edits.csv"}'), run: JOB },
  {
    code: 0,
    mistake: 'a job file in UTF-16 with Windows line ends',
    arrange: job(utf16('{\r\n"csv": "edits.csv"\r\n}')),
    run: JOB,
  },
  {
    ...USAGE,
    mistake: 'a job file in Latin-1',
    arrange: job(Buffer.from('{\n  "csv": "käufer.csv"\n}', 'latin1')),
    run: JOB,
    says: ['job.json: line 2 is not valid UTF-8; save the file as UTF-8'],
  },
  {
    ...USAGE,
    mistake: '~ in a path of a job file, which is the home folder and not one beside the file',
    arrange: job('{"csv": "~/nowhere/edits.csv"}'),
    run: JOB,
    says: [/edits\.csv: no such file: there is no folder .*\/nowhere/],
    not: [/~/],
  },
  {
    ...USAGE,
    mistake: 'a list as a job file',
    arrange: job('["edits.csv"]'),
    run: JOB,
    says: ['job.json: expected a JSON object such as'],
  },
];

const VARIABLE_MISTAKES: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'a misspelt variable for a guard, which would be off without a word',
    run: PLAN,
    env: { CONTACT_SYNC_MAXCHANGES: '5' },
    says: [
      'CONTACT_SYNC_MAXCHANGES looks like a guard, and no setting has that name (did you mean CONTACT_SYNC_MAX_CHANGES?)',
    ],
  },
  {
    ...USAGE,
    mistake: 'a variable for a guard that never was, in .env',
    arrange: dotenv('CONTACT_SYNC_MAX_EVERYTHING=5\n'),
    run: PLAN,
    says: ['.env: CONTACT_SYNC_MAX_EVERYTHING looks like a guard, and no setting has that name'],
  },
  {
    code: 0,
    mistake: 'a misspelt variable for something else',
    run: PLAN,
    env: { CONTACT_SYNC_CONCURENCY: '5' },
    says: [
      'warning: CONTACT_SYNC_CONCURENCY is set, and no setting has that name (did you mean CONTACT_SYNC_CONCURRENCY?)',
    ],
  },
  {
    code: 0,
    mistake: 'a misspelt variable for a guard, where nothing could be sent',
    run: ['runs'],
    env: { CONTACT_SYNC_MAXCHANGES: '5' },
    says: ['warning: CONTACT_SYNC_MAXCHANGES is set'],
  },
  {
    ...USAGE,
    mistake: 'a colon for the = in .env',
    arrange: dotenv('# guards\nCONTACT_SYNC_MAX_CHANGES: 5\n'),
    run: PLAN,
    says: ['.env: line 2: expected NAME=value, got CONTACT_SYNC_MAX_CHANGES without ='],
  },
  {
    ...USAGE,
    mistake: 'a line in .env that takes a guard on the next one with it',
    arrange: dotenv('A=1\nguards follow\nCONTACT_SYNC_MAX_CHANGES=5\n'),
    run: PLAN,
    says: ['.env: line 2: expected NAME=value'],
  },
  {
    ...USAGE,
    mistake: 'a .env with a byte order mark, whose first variable counts all the same',
    arrange: dotenv('\uFEFFCONTACT_SYNC_RATE=5\r\n'),
    run: PLAN,
    says: ['.env: CONTACT_SYNC_RATE: expected a rate such as 1000/h, 100/m or none, got "5"'],
  },
  {
    ...USAGE,
    mistake: 'a .env in UTF-16, as Notepad and PowerShell write it',
    arrange: dotenv(utf16('CONTACT_SYNC_DRY_RUN=yes # try\r\nexport CONTACT_SYNC_RATE="6"\r\n')),
    run: PLAN,
    says: ['.env: CONTACT_SYNC_RATE: expected a rate such as 1000/h, 100/m or none, got "6"'],
  },
  {
    ...USAGE,
    mistake: 'a .env in Latin-1',
    arrange: dotenv(Buffer.from('A=1\nB=ü\n', 'latin1')),
    run: PLAN,
    says: ['.env: line 2 is not valid UTF-8; save the file as UTF-8'],
  },
  {
    ...USAGE,
    mistake: 'CONTACT_SYNC_ENV_FILE that names no file',
    run: PLAN,
    env: { CONTACT_SYNC_ENV_FILE: 'edit.csv' },
    says: ['CONTACT_SYNC_ENV_FILE: edit.csv: no such file (did you mean "edits.csv"?)'],
  },
];

/** Keys, job files, `.env` and variables. */
export const SETTINGS: readonly Mistake[] = [...KEY_MISTAKES, ...JOB_MISTAKES, ...VARIABLE_MISTAKES];
