// Loaded with --import into a process to be measured: at its end it writes its peak memory to PEAK_FILE.
// VmHWM belongs to this process image alone; getrusage's maxrss would inherit the peak of the process that spawned it.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

process.on('exit', () => {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  writeFileSync(process.env.PEAK_FILE, String(Number(kilobytes) * 1024));
});
