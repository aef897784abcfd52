// Typed listeners. A listener that throws stops neither the others nor the library: its error is
// thrown again from a microtask of its own, where the platform reports it.

type Listener<T> = (value: T) => void;

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` each time; what it returns stops that. */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    const own: Listener<Events[K]> = (value) => listener(value);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(own as Listener<never>));
    return () => void listeners.delete(own as Listener<never>);
  }

  count(name: keyof Events): number {
    return this.#listeners.get(name)?.size ?? 0;
  }

  emit<K extends keyof Events>(name: K, value: Events[K]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<Events[K]>)(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
