/**
 * What differs between two stores: plain JSON.
 *
 * @module
 */

/** One thing that differs. */
export type Difference =
  | {
    readonly kind: "form";
    /** The element, such as `obs/age`; `""` is the root. */
    readonly element: string;
    /** What of it differs: `presence`, `encoding`, `shape`, `dtype`, `columns`, `index name`, … */
    readonly what: string;
    /** What it is in the first store, and in the second. */
    readonly a: string;
    readonly b: string;
  }
  | {
    readonly kind: "values";
    /** The element. */
    readonly element: string;
    /** How many values differ, and of how many. */
    readonly differing: number;
    readonly total: number;
    /** The first of them. */
    readonly examples: readonly Example[];
  };

/** A value that differs. */
export interface Example {
  /** Its position, an axis each. */
  readonly at: readonly number[];
  /** The names of that position, an axis each; null where the axis has none. */
  readonly names: readonly (string | null)[];
  /** The value in the first store, and in the second, as text. */
  readonly a: string;
  /** What the second store has there. */
  readonly b: string;
}

/** The names along an axis. */
export interface Names {
  /** The name at `position`. */
  at(position: number): Promise<string | null>;
}

/** Counts values that differ, and keeps the first of them. */
export class Tally {
  /** Values compared. */
  total = 0;
  /** Those that differ. */
  differing = 0;
  readonly #most: number;
  readonly #first: Omit<Example, "names">[] = [];

  /** Keep `most` examples. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Count a value that differs; `describe` is called only where it becomes an example. */
  add(describe: () => Omit<Example, "names">): void {
    this.differing++;
    if (this.#first.length < this.#most) this.#first.push(describe());
  }

  /** The difference that `element`, with these names along its axes, has; undefined where there is none. */
  async result(element: string, axes: readonly (Names | null)[]): Promise<Difference | undefined> {
    if (this.differing === 0) return undefined;
    const examples: Example[] = [];
    for (const { at, ...values } of this.#first) {
      const names: (string | null)[] = [];
      for (const [axis, position] of at.entries()) names.push(await axes[axis]?.at(position) ?? null);
      examples.push({ at, names, ...values });
    }
    return { kind: "values", element, differing: this.differing, total: this.total, examples };
  }
}
