import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The script and the style sheet of the page, as the build bundles them. */
export interface Assets {
  script: string;
  style: string;
}

/** @throws where the package was not built */
export async function readAssets(): Promise<Assets> {
  // The same path from src/, where tests run, as from dist/.
  const read = (name: string): Promise<string> =>
    readFile(new URL(`../../../dist/report-page/${name}`, import.meta.url), 'utf8');
  const [script, style] = await Promise.all([read('page.js'), read('page.css')]);
  return { script, style };
}

/** The page runs its own script and style alone, by their hashes, and reaches nothing: no network, no form, no frame. */
export function policyFor({ script, style }: Assets): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
