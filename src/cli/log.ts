import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import winston, { type Logger } from 'winston';
import { redact } from '../core/model/redact.js';
import type { LogLevel } from './settings/log-levels.js';

export interface RunLog {
  log: Logger;
  /** Ends the log and waits until the last line is in its file. */
  end(): Promise<void>;
}

/**
 * The log of a run: JSON lines in `file`, and lines for people through `write` from `level` up. Lines carry ids, row
 * numbers and field keys, never the values of a contact.
 */
export function openLog(options: {
  file?: string;
  level: LogLevel;
  key: string | undefined;
  /** Puts a line on standard error. */
  write: (line: string) => void;
}): RunLog {
  const redacted = winston.format((info) => {
    const safe = JSON.parse(redact(JSON.stringify(info), options.key)) as typeof info;
    return Object.assign(info, safe);
  });
  const forPeople = winston.format.printf(({ level, message, ...meta }) => {
    const { timestamp, ...facts } = meta;
    const rest = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${String(value)}`);
    return `${String(timestamp).slice(11, 19)} ${level} ${String(message)}${rest.join('')}`;
  });
  const base = [redacted(), winston.format.timestamp()];
  const forTerminal = new winston.transports.Stream({
    level: options.level,
    stream: new Writable({
      write(line: Buffer, _encoding, done) {
        options.write(line.toString().trimEnd());
        done();
      },
    }),
    format: winston.format.combine(...base, forPeople),
  });
  const file = options.file === undefined ? undefined : openFile(options.file, options.write);
  const forFile =
    file &&
    new winston.transports.Stream({
      level: options.level === 'debug' ? 'debug' : 'info',
      stream: file,
      format: winston.format.combine(...base, winston.format.json()),
    });
  const log = winston.createLogger({ level: 'debug', transports: forFile ? [forTerminal, forFile] : [forTerminal] });
  return {
    log,
    async end() {
      const passedOn = once(forFile ?? forTerminal, 'finish');
      log.end();
      await passedOn;
      // What the file could not take was told already.
      if (file) await finished(file.end()).catch(() => undefined);
    },
  };
}

/** A log that cannot be written is no reason to leave rows undone: the results and the summary are files of their own. */
function openFile(path: string, write: (line: string) => void): Writable {
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  return file.once('error', ({ message }) => write(`${path} cannot be written: ${message}`));
}
