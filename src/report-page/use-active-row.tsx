import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from './row.js';

/** What brings rows into view. */
interface Scrolls {
  scrollToIndex(index: number, options: { align: 'auto' }): void;
  scrollToOffset(offset: number): void;
}

/**
 * The one row that the tab key stops at; arrow keys, Page Up and Down, Home and End move it, and the focus with it.
 * @returns `attach` takes what scrolls, which itself needs to know the active row
 */
export function useActiveRow(rows: readonly Row[], scroller: RefObject<HTMLElement | null>, rowHeight: number) {
  const [chosen, setActive] = useState(0);
  const active = Math.min(chosen, Math.max(0, rows.length - 1));
  const wantsFocus = useRef(false);
  const scrolls = useRef<Scrolls>(undefined);

  useEffect(() => {
    setActive(0);
    scrolls.current?.scrollToOffset(0);
  }, [rows]);
  // The row may come into the page only with a later drawing.
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const button = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"] button`);
    if (button) wantsFocus.current = false;
    button?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const next = targetOf(event.key, active, page, rows.length);
    if (next === undefined) return;
    event.preventDefault();
    wantsFocus.current = true;
    setActive(next);
    scrolls.current?.scrollToIndex(next, { align: 'auto' });
  };
  return { active, setActive, onKeyDown, attach: (to: Scrolls) => void (scrolls.current = to) };
}

/** Where a key leads from a row; undefined for a key that leads nowhere. */
function targetOf(key: string, from: number, page: number, rows: number): number | undefined {
  const steps: Record<string, number> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows, End: rows },
  };
  const step = steps[key];
  return step === undefined || rows === 0 ? undefined : Math.min(rows - 1, Math.max(0, from + step));
}
