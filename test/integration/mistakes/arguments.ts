import type { Mistake } from './mistake.js';

const USAGE = { code: 2 } as const;

/** Commands, flags and values as someone types them. */
export const ARGUMENTS: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'no command',
    run: [],
    says: [],
    shows: ['Usage:', 'sync [csv]', 'Exit codes:'],
  },
  {
    ...USAGE,
    mistake: 'a flag alone',
    run: ['--dry-run'],
    says: ['name a command, such as: contact-sync sync edits.csv'],
  },
  { ...USAGE, mistake: 'no file', run: ['sync'], says: ['sync: name a CSV file, or - for standard input'] },
  {
    ...USAGE,
    mistake: 'no run',
    run: ['undo'],
    says: ['name a run: its id or a unique part of it, its folder, or latest'],
  },
  {
    ...USAGE,
    mistake: 'a misspelt command, told in one line',
    run: ['snyc', 'edits.csv'],
    says: [
      /^contact-sync: unknown command "snyc" \(did you mean "sync"\?\)\ncontact-sync: nothing was sent; see: contact-sync --help\n$/,
    ],
  },
  {
    ...USAGE,
    mistake: 'no command before the file',
    run: ['edits.csv'],
    says: ['"edits.csv" (did you mean "sync edits.csv"?)'],
  },
  {
    code: 0,
    mistake: 'help as a command',
    run: ['help', 'sync'],
    says: [/^$/],
    shows: ['contact-sync sync [csv] [options]'],
  },
  {
    ...USAGE,
    mistake: 'help for a command that does not exist',
    run: ['help', 'snyc'],
    says: ['unknown command "snyc" (did you mean "sync"?)'],
  },
  {
    ...USAGE,
    mistake: 'two misspelt flags',
    run: ['sync', 'edits.csv', '--dryrun', '--max-change', '5'],
    says: [
      'sync has no --dryrun (did you mean "--dry-run"?)',
      'sync has no --max-change (did you mean "--max-changes"?)',
    ],
    not: [/too many/],
  },
  {
    ...USAGE,
    mistake: 'letters for flags',
    run: ['sync', 'edits.csv', '-y', '-q', '-v', '-z'],
    says: [
      'sync has no -y (did you mean "--yes"?)',
      'sync has no -q (did you mean "--quiet"?)',
      'sync has no -v (did you mean "--version"?)',
      'sync has no -z\n',
      'see: contact-sync sync --help',
    ],
  },
  {
    ...USAGE,
    mistake: 'a flag without its value',
    run: ['sync', 'edits.csv', '--map'],
    says: ['--map: expected a value'],
  },
  {
    ...USAGE,
    mistake: 'a flag given twice',
    run: ['sync', 'edits.csv', '--rate', '5/s', '--rate', '6/s'],
    says: ['--rate: given more than once'],
  },
  {
    ...USAGE,
    mistake: 'several files, told in one line',
    run: ['check', 'edits.csv', 'b.csv', 'c.csv'],
    says: [
      /^contact-sync: check takes one file, and "b.csv", "c.csv" are too many\. Quote a name that has blanks; several files take several commands\ncontact-sync: see: contact-sync check --help\n$/,
    ],
  },
  {
    ...USAGE,
    mistake: 'the key as a flag',
    run: ['sync', 'edits.csv', '--api-key', 'mks_secret'],
    says: ['there is no --api-key: the key comes only from CONTACT_SYNC_API_KEY or CONTACT_SYNC_API_KEY_FILE'],
    not: [/mks_secret/],
  },
  {
    ...USAGE,
    mistake: 'a guard that is no number',
    run: ['sync', 'edits.csv', '--max-changes', 'abc'],
    says: ['--max-changes: expected a number such as 200 or a share such as 10%, got "abc"', 'nothing was sent'],
  },
  {
    ...USAGE,
    mistake: 'a rate without a time',
    run: ['sync', 'edits.csv', '--rate', '5'],
    says: ['--rate: expected a rate such as 1000/h, 100/m or none, got "5"'],
  },
  {
    ...USAGE,
    mistake: 'a time of day that does not exist',
    run: ['sync', 'edits.csv', '--stop-at', '25:00'],
    says: ['--stop-at: expected a time of day from 00:00 to 23:59, got "25:00"'],
  },
  {
    ...USAGE,
    mistake: 'a time of day on a clock of twelve hours',
    run: ['sync', 'edits.csv', '--stop-at', '5pm'],
    says: ['got "5pm" (did you mean 17:00?)'],
  },
  { code: 0, mistake: 'a time of day with one digit', run: ['sync', 'edits.csv', '--stop-at', '5:00', '--dry-run'] },
  {
    ...USAGE,
    mistake: 'a duration without a unit',
    run: ['sync', 'edits.csv', '--max-duration', '3'],
    says: ['--max-duration: expected a time such as 30s, 10m or 3h, got "3": which unit, 3s, 3m or 3h?'],
  },
  {
    ...USAGE,
    mistake: 'two ways of reading at once',
    run: ['plan', 'edits.csv', '--snapshot', 'edits.csv', '--mirror'],
    says: ['--snapshot and --mirror', 'name one'],
  },
  {
    ...USAGE,
    mistake: 'flags of "runs prune" without prune',
    run: ['runs', '--keep', '2'],
    says: ['--keep belongs to "runs prune"; "runs" only lists'],
  },
  {
    ...USAGE,
    mistake: 'a port that is in use',
    run: ({ url }) => ['sandbox', '--port', new URL(url).port],
    says: [/--port: \d+ is already in use; use --port 0 for any free port/],
  },
  {
    ...USAGE,
    mistake: 'a fault that does not exist',
    run: ['sandbox', '--port', '0', '--faults', '999=3%'],
    says: ['--faults: Unknown fault "999"', 'Known are 403, 409'],
  },
  {
    ...USAGE,
    mistake: 'a rate limit without a time',
    run: ['sandbox', '--port', '0', '--rate-limit', '5'],
    says: ['--rate-limit: "5" is not a rate limit: write requests/time, such as 100/m'],
  },
];
