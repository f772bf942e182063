import { expect, test } from '@jest/globals';
import { TagDirectory } from '../../../src/core/contacts/tags.js';
import { patchBody } from '../../../src/core/contacts/patch-body.js';

const directory = new TagDirectory([
  { id: 'id-a', name: 'A' },
  { id: 'id-b', name: 'B' },
]);

test('a body holds the new values alone, null where a field is cleared, and tags as ids', () => {
  const changes = {
    title: { from: 'VP', to: 'SVP' },
    notes: { from: 'x', to: null },
    do_not_contact: { from: null, to: false },
    tags: { from: ['A'], to: ['B', 'A'] },
  };
  expect(patchBody(changes, directory)).toEqual({
    body: { title: 'SVP', notes: null, do_not_contact: false, tags: ['id-b', 'id-a'] },
  });
});

test('clearing the tags sends an empty list, for which no directory is needed', () => {
  expect(patchBody({ tags: { from: ['A'], to: [] } }, undefined)).toEqual({ body: { tags: [] } });
});

test('a tag without an id stops the row before anything is sent', () => {
  const problem = { code: 'unknown_tag', field: 'tags', message: 'the API has no tag "C"' };
  expect(patchBody({ tags: { from: [], to: ['A', 'C'] } }, directory)).toEqual({ problem });
  expect(patchBody({ tags: { from: [], to: ['C'] } }, undefined)).toEqual({ problem });
});
