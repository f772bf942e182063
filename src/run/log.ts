import { once } from 'node:events';
import winston, { type Logger } from 'winston';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Any of the API's keys, and the one in use whatever it looks like. */
function redactor(key: string | undefined): (text: string) => string {
  return (text) => {
    const known = key === undefined || key === '' ? text : text.replaceAll(key, '[key]');
    return known.replace(/mks_[\w-]{8,}/g, '[key]');
  };
}

/** @param key the secret that must appear nowhere */
export function redact(text: string, key: string | undefined): string {
  return redactor(key)(text);
}

export interface RunLog {
  log: Logger;
  /** Ends the log and waits until the last line is in its file. */
  end(): Promise<void>;
}

/**
 * The log of a run: JSON lines in `file`, and lines for people on standard error from `level` up. Lines carry ids, row
 * numbers and field keys, never the values of a contact.
 */
export function openLog(options: { file?: string; level: LogLevel; key: string | undefined }): RunLog {
  const clean = redactor(options.key);
  const redacted = winston.format((info) => {
    const safe = JSON.parse(clean(JSON.stringify(info))) as typeof info;
    return Object.assign(info, safe);
  });
  const forPeople = winston.format.printf(({ level, message, ...meta }) => {
    const { timestamp, ...facts } = meta;
    const rest = Object.entries(facts).map(([name, value]) => ` ${name}=${String(value)}`);
    return `${String(timestamp).slice(11, 19)} ${level} ${String(message)}${rest.join('')}`;
  });
  const base = [redacted(), winston.format.timestamp()];
  const console = new winston.transports.Console({
    level: options.level,
    stderrLevels: [...LOG_LEVELS],
    format: winston.format.combine(...base, forPeople),
  });
  const file =
    options.file === undefined
      ? undefined
      : new winston.transports.File({
          filename: options.file,
          level: options.level === 'debug' ? 'debug' : 'info',
          options: { flags: 'a', mode: 0o600 },
          format: winston.format.combine(...base, winston.format.json()),
        });
  const log = winston.createLogger({ level: 'debug', transports: file ? [console, file] : [console] });
  return {
    log,
    async end() {
      const finished = once(file ?? console, 'finish');
      log.end();
      await finished;
    },
  };
}
