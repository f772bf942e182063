/** Shapes of the contacts API, as its reference gives them. Whatever is read from the network is checked first. */

/** A contact as the API returns it. Tags come out as names; custom fields are extra keys `custom_field_<uuid>`. */
export interface Contact {
  id: string;
  created_at?: string | null;
  /** ISO time of the last change; may be absent, or move without an edit by a person. */
  updated_at?: string | null;
  account_id?: string | null;
  first_name?: string | null;
  last_name?: string | null;
  email?: string | null;
  title?: string | null;
  phone_number?: string | null;
  linkedin_url?: string | null;
  location?: string | null;
  notes?: string | null;
  do_not_contact?: boolean | null;
  tags?: string[] | null;
  source?: string | null;
  scoring?: { heat_score: number | null } | null;
  [customField: string]: unknown;
}

/** One field of `GET /v1/schemas/contacts`. */
export interface FieldSchema {
  name: string;
  key: string;
  type: string;
  filterable?: boolean | null | undefined;
  sortable?: boolean | null | undefined;
  updatable?: boolean | null | undefined;
  allowed_operators?: string[] | null | undefined;
  custom_field_settings?: { id?: string; is_ai_auto_filled?: boolean | null | undefined } | null | undefined;
  enum_field_settings?: { allowed_values: { key: string; display_value: string }[] } | null | undefined;
}

/** One tag of `GET /v1/tags/?object=contacts`. Names are unique. */
export interface Tag {
  id: string;
  name: string;
}
