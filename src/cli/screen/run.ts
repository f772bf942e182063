import type { Digest } from '../../core/report/digest.js';
import type { RunFolder } from '../../core/run/run-folder.js';
import type { Summary } from '../../core/run/summary.js';
import { renderExamples, renderReasons, type Screen } from './changes.js';
import { renderSummary } from './summary.js';

/**
 * A run as `plan` and `sync` show it at their end.
 * @param digest of what became of its rows
 * @param preview of what is to be sent, or was; undefined where that is not shown
 */
export function renderRun(
  { folder, summary }: { folder: RunFolder; summary: Readonly<Summary> },
  digest: Digest,
  preview: Digest | undefined,
  screen: Screen,
): string {
  const { writes_planned: writes, labels } = summary;
  const parts = [
    preview && writes > 0 && screen.values ? renderExamples(preview, writes, labels, screen) : '',
    renderReasons(digest, screen),
    renderSummary(summary, digest, folder, screen),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
