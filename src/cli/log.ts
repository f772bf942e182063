import { once } from 'node:events';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import winston, { type Logger } from 'winston';
import { redactDeep, redactor } from '../core/model/redact.js';
import { RotatingFile } from './rotating-file.js';
import type { LogLevel } from './settings/log-levels.js';

type WriteLine = (message: string, facts?: object) => void;

/** Writes lines. None of them throws: a fault of the log never ends a run. */
export interface Log {
  info: WriteLine;
  warn: WriteLine;
  log: (level: LogLevel, message: string, facts?: object) => void;
}

export interface RunLog {
  log: Log;
  /** Ends the log and waits until the last line is in its file. */
  end(): Promise<void>;
}

/** What people know already: when it is, and which run it is. */
const KNOWN = ['timestamp', 'run'];

/** `02:00:01 info rate limit: waiting seconds=12`. */
const FOR_PEOPLE = winston.format.printf(({ level, message, ...facts }) => {
  const rest = Object.entries(facts)
    .filter(([name, value]) => value !== undefined && !KNOWN.includes(name))
    .map(([name, value]) => ` ${name}=${String(value)}`);
  return `${String(facts['timestamp']).slice(11, 19)} ${level} ${String(message)}${rest.join('')}`;
});

/** Room for 100,000 rows. */
const MAX_LOG_BYTES = 32 * 1024 * 1024;

export interface LogFile {
  path: string;
  /** Where the file goes when it is full, in place of the one before. */
  olderPath: string;
  /** Default: 32 MiB. */
  maxBytes?: number;
}

/**
 * The log of a run: JSON lines in `file`, each with the run's id, and lines for people through `write` from `level` up.
 * Lines carry ids, row numbers and field keys, never the values of a contact.
 */
export function openLog(options: {
  file?: LogFile;
  run?: string;
  level: LogLevel;
  /** The key and what else no line may show. */
  secrets: readonly string[];
  /** Puts a line on standard error. */
  write: (line: string) => void;
}): RunLog {
  const clean = redactor(...options.secrets);
  const redacted = winston.format((info) => {
    for (const name of Object.keys(info)) info[name] = redactDeep(info[name], clean);
    return info;
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
    format: winston.format.combine(...base, FOR_PEOPLE),
  });
  const file = options.file === undefined ? undefined : openFile(options.file, options.write);
  const forFile =
    file &&
    new winston.transports.Stream({
      level: options.level === 'debug' ? 'debug' : 'info',
      stream: file,
      format: winston.format.combine(...base, winston.format.json()),
    });
  const logger = winston.createLogger({
    level: 'debug',
    transports: forFile ? [forTerminal, forFile] : [forTerminal],
    ...(options.run === undefined ? {} : { defaultMeta: { run: options.run } }),
  });
  return {
    log: neverThrowing(logger, (why) => options.write(clean(`a line of the log could not be written: ${why}`))),
    async end() {
      const passedOn = once(forFile ?? forTerminal, 'finish');
      logger.end();
      await passedOn;
      // What the file could not take was told already.
      if (file) await finished(file.end()).catch(() => undefined);
    },
  };
}

/** @param onFault told of the first line that could not be written */
function neverThrowing(logger: Logger, onFault: (why: string) => void): Log {
  let isTold = false;
  const log: Log['log'] = (level, message, facts) => {
    try {
      logger.log(level, message, facts);
    } catch (error) {
      if (!isTold) onFault(String(error));
      isTold = true;
    }
  };
  return {
    log,
    info: (message, facts) => log('info', message, facts),
    warn: (message, facts) => log('warn', message, facts),
  };
}

/** A log that cannot be written is no reason to leave rows undone: the results and the summary are files of their own. */
function openFile(options: LogFile, write: (line: string) => void): Writable {
  const file = new RotatingFile({ maxBytes: MAX_LOG_BYTES, ...options });
  return file.once('error', ({ message }) => write(`${options.path} cannot be written: ${message}`));
}
