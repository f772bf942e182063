/** Where a setting's value comes from. The kinds are in the order in which they win. */
export interface Origin {
  kind: 'flag' | 'env' | 'env_file' | 'job' | 'default';
  /** As it is written there: `--base-url`, `CONTACT_SYNC_BASE_URL` or `base-url`. */
  name: string;
  /** Of `env_file` and `job`. */
  file?: string;
}

/** Where settings come from, for messages about them. */
export interface Places {
  baseUrl?: Origin;
  /** `CONTACT_SYNC_API_KEY`, or the key file and what names it. */
  key?: string;
  /** What requests are sent to. */
  address?: { baseUrl: string; apiPrefix: string };
}

/** `--base-url`, or `.env: CONTACT_SYNC_BASE_URL`. */
export function nameOrigin({ name, file }: Origin): string {
  return file === undefined ? name : `${file}: ${name}`;
}
