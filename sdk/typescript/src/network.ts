// The platform's word whether it is any use to have a connection. Browsers give it: a page without
// a network, and one that is left and kept for the way back, which would hold its connection for
// minutes without reading from it.

/**
 * Calls `listener` with true when there is a network again, or the page; with false when the page
 * is left. What it returns stops that.
 */
export type OnNetwork = (listener: (isThere: boolean) => void) => () => void;

export const platformNetwork: OnNetwork = (listener) => {
  if (typeof globalThis.addEventListener !== 'function') return () => {};
  const told = (event: Event) => {
    const isKept = (event as PageTransitionEvent).persisted;
    if (event.type === 'online' || isKept) listener(event.type !== 'pagehide');
  };
  const names = ['online', 'pagehide', 'pageshow'];
  for (const name of names) globalThis.addEventListener(name, told);
  return () => {
    for (const name of names) globalThis.removeEventListener(name, told);
  };
};
