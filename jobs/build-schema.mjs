// Writes jobs/job.schema.json from the table of settings.
import { writeFile } from 'node:fs/promises';
import { jobSchema } from '../dist/cli/settings/job-schema.js';

await writeFile(new URL('job.schema.json', import.meta.url), `${JSON.stringify(jobSchema(), null, 2)}\n`);
