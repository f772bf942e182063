import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

interface Options {
  count: number;
  scroller: RefObject<HTMLElement | null>;
  /** Pixels of one item before it is measured. */
  itemHeight: number;
  /** Pixels above the first item that stay in view. */
  headHeight: number;
  keyOf: (index: number) => number;
  /** Stays in the page wherever it is scrolled to: it may have the focus. */
  pinned: number;
}

/** Knows which of many items are in view; draws again when that changes. */
export function useVirtualizer(options: Options): Virtualizer<HTMLElement, HTMLElement> {
  const { count, scroller, itemHeight, headHeight, keyOf, pinned } = options;
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const settings = {
    ...{ count, getScrollElement: () => scroller.current, estimateSize: () => itemHeight, getItemKey: keyOf },
    ...{ observeElementRect, observeElementOffset, scrollToFn: elementScroll, overscan: 12 },
    ...{ paddingStart: headHeight, scrollPaddingStart: headHeight },
    onChange: () => redraw(undefined),
    rangeExtractor({ startIndex, endIndex, overscan }: { startIndex: number; endIndex: number; overscan: number }) {
      const [from, to] = [Math.max(0, startIndex - overscan), Math.min(count - 1, endIndex + overscan)];
      const items = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
      if (pinned >= count || (pinned >= from && pinned <= to)) return items;
      return pinned < from ? [pinned, ...items] : [...items, pinned];
    },
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(settings));
  virtualizer.setOptions(settings);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}

/** The items in view with the pixels that stand empty before each, and behind the last. */
export function withGaps(
  items: readonly VirtualItem[],
  from: number,
  end: number,
): { gap: number; item?: VirtualItem }[] {
  let at = from;
  const placed: { gap: number; item?: VirtualItem }[] = items.map((item) => {
    const gap = Math.max(0, item.start - at);
    at = item.end;
    return { gap, item };
  });
  return end > at ? [...placed, { gap: end - at }] : placed;
}
