// Bundles the page of a report into dist/report-page: a script and a style sheet, which a report carries inline.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
const out = path.join(root, 'dist', 'report-page');

const common = {
  bundle: true,
  minify: true,
  write: false,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
};
const script = await build({
  ...common,
  absWorkingDir: root,
  entryPoints: ['src/report-page/main.tsx'],
  ...{ format: 'iife', target: ['chrome111', 'firefox113', 'safari16.4'], metafile: true },
  ...{ jsx: 'automatic', jsxImportSource: 'preact' },
});
const style = await build({ ...common, absWorkingDir: root, entryPoints: ['src/report-page/page.css'] });

await mkdir(out, { recursive: true });
const notices = await licensesOf(Object.keys(script.metafile.inputs));
await writeFile(path.join(out, 'page.js'), inline(`${notices}\n${script.outputFiles[0].text.trim()}`, 'script'));
await writeFile(path.join(out, 'page.css'), inline(style.outputFiles[0].text.trim(), 'style'));

/** The text of an element: refused where it would end the element early. */
function inline(text, element) {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) throw new Error(`the bundle holds what ends a <${element}>`);
  return text;
}

/** What the licenses of the bundled packages ask for: their names and texts, in one comment. */
async function licensesOf(inputs) {
  const names = inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const texts = [...new Set(names)].sort().map(async (name) => {
    const dir = path.join(root, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8'));
    const file = (await readdir(dir)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no license file`);
    return `${name} ${version}, ${license}\n\n${(await readFile(path.join(dir, file), 'utf8')).trim()}`;
  });
  return `/*!\n${(await Promise.all(texts)).join('\n\n---\n\n').replaceAll('*/', '* /')}\n*/`;
}
