/** Bigger buffers are not held: the two caches of `blit` hold at most 4 x 256 KiB back. */
const HELD_SIZE_MAX = 256 * 1024;

/** One in so many unknown arrays gets a view, so that fresh arrays in a row don't pay for views. */
const MISSES_PER_VIEW = 16;

/** One in so many finds behind the front moves to it, so that many arrays in turn don't thrash it. */
const FINDS_PER_MOVE = 64;

/**
 * Finds the DataView of an array that is blitted again and again: allocating one a call costs more
 * than a small blit, and writing it on the caller's array is not ours to do.
 *
 * The views live in a WeakMap, and the two last favourites also in front of it, compared by identity,
 * because a WeakMap's lookup costs about what a view saves at 64 bytes. A favourite is kept
 * alive until another takes its place, which is why big buffers can't become one.
 *
 * A view found is always right: an array never changes its buffer, offset or length. The ones that do
 * (over resizable buffers) get no view, and a detached one has length 0, so that the blit has
 * refused the range before it looks here.
 */
export class ViewCache {
  readonly #views = new WeakMap<Uint8Array, DataView>();
  #array0: Uint8Array | undefined;
  #array1: Uint8Array | undefined;
  #view0: DataView | undefined;
  #view1: DataView | undefined;
  #missCount = 0;
  #findCount = 0;

  /** The view whose bytes are those of `array`, if there is one ready. */
  find(array: Uint8Array): DataView | undefined {
    if (array === this.#array0) return this.#view0;
    if (array === this.#array1) return this.#view1;
    const view = this.#views.get(array);
    if (view === undefined) {
      this.#missCount = (this.#missCount + 1) % MISSES_PER_VIEW;
      if (this.#missCount === 0) this.#add(array);
    } else {
      this.#findCount = (this.#findCount + 1) % FINDS_PER_MOVE;
      if (this.#findCount === 0) this.#favour(array, view);
    }
    return view;
  }

  #add(array: Uint8Array): void {
    const buffer = array.buffer as ArrayBufferLike & {
      readonly resizable?: boolean;
      readonly growable?: boolean;
    };
    if (buffer.resizable || buffer.growable) return;
    this.#views.set(array, new DataView(buffer, array.byteOffset, array.length));
  }

  #favour(array: Uint8Array, view: DataView): void {
    if (view.buffer.byteLength > HELD_SIZE_MAX) return;
    this.#array1 = this.#array0;
    this.#view1 = this.#view0;
    this.#array0 = array;
    this.#view0 = view;
  }
}
