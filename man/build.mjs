// Writes man/contact-sync.1 from the table that the help is made of.
import { writeFile } from 'node:fs/promises';
import { renderManPage } from '../dist/cli/man-page.js';

await writeFile(new URL('contact-sync.1', import.meta.url), `${renderManPage()}\n`);
