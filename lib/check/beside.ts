/**
 * The elements of a concatenation beside those of its inputs: every value, at its place.
 *
 * @module
 */
import { nodeAt } from "../anndata/read.ts";
import { type Range, size } from "../base/range.ts";
import type { AnnData, AnnDataElement, Matrix } from "../lazy/anndata.ts";
import type { DataFrame } from "../lazy/frame.ts";
import { openAnnData, type OpenAnnDataOptions } from "../lazy/open.ts";
import type { InputSource } from "../lazy/source.ts";
import { type Cells, givenRows, inputCells, outputCells, ownedRows, ownersOf, type Share, squares } from "./cells.ts";
import { compareAlong, compareJoined, compareLabel, labelsOf, OutputFrame } from "./verify_columns.ts";
import { checkNames, type Places } from "./verify_names.ts";
import { digestOther, type OpenedRoot, openRoot } from "./verify_other.ts";
import { compareSums, type ElementSums, type MatrixSums, type Sums, sumsOf } from "./verify_sums.ts";

/** An input, in short: it is not kept open. */
export interface Input {
  readonly source: InputSource;
  readonly name: string;
  /** What the label says of its rows. */
  readonly key: string;
  /** Where its rows are on the axis of concatenation. */
  readonly span: Range;
  /** Where its names on the other axis are in the output's. */
  readonly places: Places;
  /** The same for raw's genes where they are joined; null where it has none. */
  readonly rawPlaces: Places | null;
  /** Where raw's genes are where they follow one another; null where it has none. */
  readonly rawSpan: Range | null;
}

/** What is compared, and who is told. */
export interface BesideOptions {
  readonly out: AnnData;
  readonly inputs: readonly Input[];
  readonly axis: 0 | 1;
  /** The column that must say from which input a row comes; undefined where nobody named it. */
  readonly label: string | undefined;
  readonly how: OpenAnnDataOptions;
  /** Elements that cannot be read. */
  readonly broken: ReadonlySet<string>;
  /** Told what is wrong. */
  readonly problem: (element: string, message: string) => void;
  /** Told of the indices of a sparse matrix: whether those of an input are in disorder. */
  readonly onOrder: (element: string, isDisordered: boolean) => void;
}

/** What an input has of an element, and how its cells are numbered. */
type Own = { readonly matrix: Matrix; readonly cells: Cells } | null;

/** Compare all elements. */
export class Beside {
  readonly sums: ElementSums[] = [];
  readonly #is: BesideOptions;
  /** The shape of each element of each input, by its path; of a dataframe its length. */
  readonly #shapes: ReadonlyMap<string, readonly number[]>[] = [];

  constructor(options: BesideOptions) {
    this.#is = options;
  }

  /** Compare everything that the output has. */
  async all(): Promise<void> {
    const { out, axis } = this.#is, [along, other] = axis === 0 ? ["obs", "var"] as const : ["var", "obs"] as const;
    for await (const [opened] of this.#opened()) this.#shapes.push(new Map(shapesIn(opened)));
    await this.#inPlace("X", (one) => one.X);
    for (const key of Object.keys(out.layers)) await this.#inPlace(`layers/${key}`, (one) => one.layers[key]);
    await this.#raw();
    await this.#frameAlong(along, out[along], (one) => one[along], this.#spans, this.#is.label);
    await this.#frameJoined(other, out[other], (one) => one[other]);
    for (const key of Object.keys(out[`${along}m`])) {
      await this.#alongElement(`${along}m/${key}`, (one) => one[`${along}m`][key], this.#spans);
    }
    for (const key of Object.keys(out[`${other}m`])) {
      await this.#joinedElement(`${other}m/${key}`, (one) => one[`${other}m`][key], (input) => input.places);
    }
    for (const key of Object.keys(out[`${along}p`])) await this.#diagonal(`${along}p/${key}`, along, key);
    for (const key of Object.keys(out[`${other}p`])) await this.#square(`${other}p/${key}`, other, key);
  }

  get #spans(): readonly (Range | null)[] {
    return this.#is.inputs.map(({ span }) => span);
  }

  /** The inputs, opened one after the other; those in `which` alone where it is given. */
  async *#opened(which?: ReadonlySet<number>): AsyncGenerator<readonly [AnnData, Input, number]> {
    for (const [at, input] of this.#is.inputs.entries()) {
      if (which?.has(at) === false) continue;
      await using opened = await openAnnData(input.source, this.#is.how);
      yield [opened, input, at];
    }
  }

  /** The stores of the inputs, for what is not read as a stream of chunks. */
  async *#roots(): AsyncGenerator<readonly [OpenedRoot, Input, number]> {
    for (const [at, input] of this.#is.inputs.entries()) {
      using opened = await openRoot(input.source, this.#is.how);
      yield [opened, input, at];
    }
  }

  /** The shapes of an element in the inputs; null where one has none. */
  #having(element: string): (readonly number[] | null)[] {
    return this.#shapes.map((shapes) => shapes.get(element) ?? null);
  }

  /** The inputs that have an element. */
  #inputsWith(element: string): ReadonlySet<number> {
    return new Set([...this.#shapes.keys()].filter((at) => this.#shapes[at]?.has(element)));
  }

  /** A matrix of cells and genes. */
  async #inPlace(element: string, of: (one: AnnData) => Matrix | null | undefined): Promise<void> {
    const { out, axis, inputs } = this.#is, matrix = of(out), length = out.shape[1 - axis] ?? 0;
    if (matrix === null || matrix === undefined) return;
    const has = this.#having(element).map((shape) => shape !== null);
    const shares = inputs.map(({ span, places }, at): Share => ({ span, filled: has[at] ? places.filled : null }));
    await this.#matrix(element, matrix, outputCells(axis, shares, length), (one, { places: { to } }) => {
      const own = of(one);
      return own ? { matrix: own, cells: inputCells(axis, (at) => to[at] ?? -1, length) } : null;
    });
  }

  async #raw(): Promise<void> {
    const { out, axis, inputs } = this.#is, { raw } = out;
    if (raw === null) return;
    const genes = raw.var.length, length = axis === 0 ? genes : out.shape[0], matrix = raw.X;
    const spans = inputs.map((input) => axis === 0 ? input.span : input.rawSpan);
    const placesOf = (input: Input) => axis === 0 ? input.rawPlaces : input.places;
    if (matrix !== null) {
      const has = this.#having("raw/X").map((shape) => shape !== null);
      const shares = inputs.map((input, at): Share => {
        return { span: spans[at] ?? EMPTY, filled: has[at] ? placesOf(input)?.filled ?? null : null };
      });
      await this.#matrix("raw/X", matrix, outputCells(axis, shares, length), (one, input) => {
        const own = one.raw?.X, to = placesOf(input)?.to;
        return own && to ? { matrix: own, cells: inputCells(axis, (at) => to[at] ?? -1, length) } : null;
      });
    }
    const varm = Object.keys(raw.varm);
    if (axis === 1) {
      await this.#frameAlong("raw/var", raw.var, (one) => one.raw?.var ?? null, spans, this.#is.label);
      for (const key of varm) await this.#alongElement(`raw/varm/${key}`, (one) => one.raw?.varm[key], spans);
      return;
    }
    const frame = (one: AnnData) => one.raw?.var ?? null, places = (input: Input) => input.rawPlaces;
    await this.#frameJoined("raw/var", raw.var, frame, places);
    for (const key of varm) await this.#joinedElement(`raw/varm/${key}`, (one) => one.raw?.varm[key], places);
  }

  async #frameAlong(
    element: string,
    output: DataFrame,
    of: (one: AnnData) => DataFrame | null,
    spans: readonly (Range | null)[],
    label?: string,
  ): Promise<void> {
    const { how: { signal }, problem } = this.#is, all = spans.map((span) => span ?? EMPTY);
    if (this.#is.broken.has(element)) return;
    const labels = label === undefined ? await labelsOf(output, all, signal) : new Set([label]);
    const frame = new OutputFrame(output), names = output.columns.filter((name) => !labels.has(name));
    const said = output.columns.find((name) => name === label);
    if (label !== undefined && said === undefined) problem(element, `it has no column "${label}"`);
    for await (const [opened, { name, key }, at] of this.#opened()) {
      const span = all[at] ?? EMPTY;
      const found = said === undefined ? undefined : await compareLabel(frame.column(said), span, key, signal);
      const wrong = await compareAlong(frame, names, span, of(opened), signal);
      for (const one of [...found === undefined ? [] : [found], ...wrong]) problem(element, `${one} (of "${name}")`);
    }
  }

  async #frameJoined(
    element: string,
    output: DataFrame,
    of: (one: AnnData) => DataFrame | null,
    placesOf: (input: Input) => Places | null = (input) => input.places,
  ): Promise<void> {
    if (this.#is.broken.has(element)) return;
    const opened = () => this.#opened();
    const frames = async function* () {
      for await (const [one, input] of opened()) {
        const frame = of(one), places = placesOf(input);
        yield frame === null || places === null ? null : { frame, places: places.to };
      }
    };
    const found = await compareJoined(output, frames, this.#is.how.signal);
    for (const wrong of found) this.#is.problem(element, wrong);
  }

  /** The names of a dataframe in a mapping are those of the axis that it goes along. */
  async #names(element: string, frame: DataFrame): Promise<void> {
    const { out, how } = this.#is;
    const axis = element.startsWith("raw/") ? out.raw?.var : element.startsWith("obsm/") ? out.obs : out.var;
    if (axis === undefined || axis.length !== frame.length) return;
    const wrong = await checkNames(frame.index, { start: 0, end: axis.length }, axis.index, how.signal);
    if (wrong !== undefined) this.#is.problem(element, wrong);
  }

  /** What goes along the axis of concatenation: the columns of an array have no names. */
  async #alongElement(
    element: string,
    of: (one: AnnData) => AnnDataElement | null | undefined,
    spans: readonly (Range | null)[],
  ): Promise<void> {
    const output = of(this.#is.out);
    if (output === null || output === undefined) return;
    if (output.kind === "other") return await this.#otherAlong(element, spans);
    if (output.kind === "dataframe") {
      await this.#names(element, output);
      return await this.#frameAlong(element, output, (one) => frameOf(of(one)), spans);
    }
    const width = output.shape[1] ?? 1, shapes = this.#having(element);
    const shares = spans.map((span, at): Share => {
      const own = shapes[at] ?? null;
      return { span: span ?? EMPTY, filled: own && { start: 0, end: Math.min(width, own[1] ?? 1) } };
    });
    await this.#matrix(element, output, outputCells(0, shares, width), (one) => {
      const own = matrixOf(of(one));
      return own && { matrix: own, cells: inputCells(0, (at) => at < width ? at : -1, width) };
    });
  }

  /** What goes along the joined axis: the first input's that has it, and perhaps (`coalesce`) what later ones add. */
  async #joinedElement(
    element: string,
    of: (one: AnnData) => AnnDataElement | null | undefined,
    placesOf: (input: Input) => Places | null,
  ): Promise<void> {
    const { inputs, broken } = this.#is, output = of(this.#is.out);
    if (output === null || output === undefined || broken.has(element)) return;
    if (output.kind === "other") return await this.#otherJoined(element, placesOf);
    if (output.kind === "dataframe") {
      await this.#names(element, output);
      return await this.#frameJoined(element, output, (one) => frameOf(of(one)), placesOf);
    }
    const shapes = this.#having(element), first = shapes.findIndex((shape) => shape !== null);
    if (first < 0) return this.#is.problem(element, "it is in none of the inputs");
    const form = (shape: readonly number[] | null | undefined) => shape?.slice(1).join();
    const having = [...shapes.keys()].filter((at) => form(shapes[at]) === form(shapes[first]));
    const places = inputs.map((input) => placesOf(input)?.to ?? NOWHERE), width = output.shape[1] ?? 1;
    const compare = async (which: readonly number[]) => {
      const owners = ownersOf(output.shape[0] ?? 0, places, which), cells = ownedRows(owners, inputs.length, width);
      return await this.#compared(element, output, cells, new Set(which), (one, _, at) => {
        const own = matrixOf(of(one));
        return own && { matrix: own, cells: givenRows(owners, at, places[at] ?? NOWHERE, width) };
      });
    };
    const one = await compare([first]);
    this.#tell(one.problems.length === 0 || having.length === 1 ? one : await compare(having), element);
  }

  /** Text, records and the like along the axis of concatenation: all that each input has, cut to the same width. */
  async #otherAlong(element: string, spans: readonly (Range | null)[]): Promise<void> {
    const { out, how, broken, problem } = this.#is;
    if (broken.has(element)) return;
    using there = await openRoot(out.source, how);
    const node = await nodeAt(there.root, element);
    const width = node?.kind === "array" ? node.spec.shape[1] : undefined;
    for await (const [opened, { name }, at] of this.#roots()) {
      const rows = spans[at] ?? EMPTY;
      if (size(rows) === 0) continue;
      if (await digestOther(opened, element, { width }) !== await digestOther(there, element, { rows })) {
        problem(element, `its part of "${name}" is not what "${name}" has`);
      }
    }
  }

  /** Text, records and the like along the joined axis: the first input's that has them. */
  async #otherJoined(element: string, placesOf: (input: Input) => Places | null): Promise<void> {
    const { out, how, problem } = this.#is;
    using there = await openRoot(out.source, how);
    const found = await digestOther(there, element);
    for await (const [opened, input] of this.#roots()) {
      const own = await digestOther(opened, element, { places: placesOf(input)?.to ?? NOWHERE });
      if (own === undefined) continue;
      if (own !== found) problem(element, `it is not what "${input.name}" has, the first with such an element`);
      return;
    }
    problem(element, "it is in none of the inputs");
  }

  /** What goes from the axis of concatenation to itself: a block for each input, and nothing else. */
  async #diagonal(element: string, along: "obs" | "var", key: string): Promise<void> {
    const { out, inputs } = this.#is, of = (one: AnnData) => one[`${along}p`][key], matrix = of(out);
    if (matrix === undefined) return;
    const shapes = this.#having(element), length = matrix.shape[0] ?? 0;
    const shares = inputs.map(({ span }, at): Share => ({ span, filled: shapes[at] ? span : null }));
    await this.#matrix(element, matrix, outputCells(0, shares, length), (one, { span }) => {
      const own = of(one);
      return own ? { matrix: own, cells: inputCells(0, (at) => at + span.start, length) } : null;
    });
  }

  /** What goes from the joined axis to itself: the first input's that has it. */
  async #square(element: string, other: "obs" | "var", key: string): Promise<void> {
    const { out, inputs } = this.#is, of = (one: AnnData) => one[`${other}p`][key], matrix = of(out);
    if (matrix === undefined) return;
    const first = this.#having(element).findIndex((shape) => shape !== null);
    if (first < 0) return this.#is.problem(element, "it is in none of the inputs");
    const places = inputs.map((input) => input.places.to), own = places[first] ?? NOWHERE;
    const cells = squares(ownersOf(matrix.shape[0] ?? 0, places, [first]), first, own);
    const output: Cells = {
      ...cells.output,
      groups: inputs.length,
      groupOf: (row, column) => {
        return cells.output.groupOf(row, column) < 0 ? -1 : first;
      },
    };
    await this.#matrix(element, matrix, output, (one) => {
      const square = of(one);
      return square === undefined ? null : { matrix: square, cells: cells.input };
    }, new Set([first]));
  }

  async #matrix(
    element: string,
    matrix: Matrix,
    cells: Cells,
    ownOf: (one: AnnData, input: Input, at: number) => Own,
    which: ReadonlySet<number> = this.#inputsWith(element),
  ): Promise<void> {
    if (this.#is.broken.has(element)) return;
    this.#tell(await this.#compared(element, matrix, cells, which, ownOf), element);
  }

  #tell({ sums, problems }: Compared, element: string): void {
    for (const problem of problems) this.#is.problem(element, problem);
    this.sums.push(sums);
  }

  /** Compare a matrix with what the inputs `which` have of it. */
  async #compared(
    element: string,
    matrix: Matrix,
    cells: Cells,
    which: ReadonlySet<number>,
    ownOf: (one: AnnData, input: Input, at: number) => Own,
  ): Promise<Compared> {
    const how = { isWide: /^u?int64$/.test(matrix.dtype), signal: this.#is.how.signal }, problems: string[] = [];
    const found: MatrixSums = await sumsOf(matrix, cells, how);
    const expected: (Sums | null)[] = this.#is.inputs.map(() => null);
    for await (const [opened, input, at] of this.#opened(which)) {
      const own = ownOf(opened, input, at);
      if (own !== null) expected[at] = (await sumsOf(own.matrix, own.cells, how)).groups[0] ?? null;
    }
    this.#is.onOrder(element, expected.some((sums) => sums?.isDisordered));
    if (found.outside !== null && !expected.some((sums) => sums?.hasRepeated)) problems.push(found.outside);
    const names = this.#is.inputs.map(({ name }) => name);
    const sums = compareSums(element, names, expected, found.groups, (message) => problems.push(message));
    return { sums, problems };
  }
}

interface Compared {
  readonly sums: ElementSums;
  readonly problems: readonly string[];
}

const EMPTY: Range = { start: 0, end: 0 };

/** The places of no names. */
const NOWHERE = new Int32Array();

/** The elements of an AnnData but its two dataframes: each path with the shape, of a dataframe with its length. */
function* shapesIn(one: AnnData): Generator<readonly [path: string, shape: readonly number[]]> {
  const { raw } = one, mappings = ["layers", "obsm", "varm", "obsp", "varp"] as const;
  const elements: (readonly [string, AnnDataElement | null])[] = [
    ["X", one.X],
    ...mappings.flatMap((name) => Object.entries(one[name]).map(([key, own]) => [`${name}/${key}`, own] as const)),
    ["raw/X", raw?.X ?? null],
    ...Object.entries(raw?.varm ?? {}).map(([key, own]) => [`raw/varm/${key}`, own] as const),
  ];
  for (const [path, own] of elements) {
    if (own !== null) yield [path, own.kind === "dataframe" ? [own.length] : own.kind === "other" ? [] : own.shape];
  }
}

function frameOf(element: AnnDataElement | null | undefined): DataFrame | null {
  return element?.kind === "dataframe" ? element : null;
}

function matrixOf(element: AnnDataElement | null | undefined): Matrix | null {
  return element?.kind === "dense" || element?.kind === "sparse" ? element : null;
}
