// Time and chance, as the library asks for them; tests bring their own.
//
// Limits: a timer waits at most 2^31 - 1 ms (the platform fires longer ones at once), so a caller
// that may wait longer looks at now() when it is called.

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls back once after so many milliseconds; what it returns stops that. */
  after(ms: number, callback: () => void): () => void;
}

const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), timerMsMax));
    return () => clearTimeout(timer);
  },
};

/** Uniform in [0, 1). */
export type Random = () => number;

export const systemRandom: Random = () => {
  const word = crypto.getRandomValues(new Uint32Array(1));
  return word[0]! / 2 ** 32;
};
