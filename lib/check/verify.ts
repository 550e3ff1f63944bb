/**
 * Verifying a concatenation: the output is read again beside its inputs, by other code than what wrote it.
 *
 * @module
 */
import { AnncatError, MemoryLimitError } from "../base/errors.ts";
import { formatBytes } from "../base/bytes.ts";
import { type InputLike, isSource, keysOf, machineMemory } from "../concat.ts";
import type { AnnData, Matrix } from "../lazy/anndata.ts";
import type { DataFrame } from "../lazy/frame.ts";
import { openAnnData, type OpenAnnDataOptions } from "../lazy/open.ts";
import type { InputSource } from "../lazy/source.ts";
import { type ConcatOptions, resolveMemory } from "../options.ts";
import { many } from "../report/text.ts";
import { checkKeys } from "../plan/build.ts";
import { RUNTIME } from "../plan/memory.ts";
import { Beside, type Input } from "./beside.ts";
import { checkFrame, checkMatrix, type Disorder, disorderText } from "./verify_form.ts";
import { digestOther, openRoot } from "./verify_other.ts";
import { strangeValues } from "./verify_uns.ts";
import { checkNames, NameTable, placesBytes } from "./verify_names.ts";
import type { ElementSums } from "./verify_sums.ts";

/**
 * How an output is verified. `label` is the column that must hold each input's key in its rows, and `keys` are the keys
 * as they were given to the concatenation. Without `label` a column in which the inputs have values of their own is
 * taken for one, and its values are not looked at.
 */
export interface VerifyOptions extends Pick<ConcatOptions, "label" | "keys"> {
  /** The axis of concatenation; by default the one along which the inputs' lengths add up to the output's. */
  readonly axis?: 0 | 1;
  /**
   * Peak resident memory of the whole process, in bytes or as text (`"256MiB"`).
   * @default the smaller of 1 GiB and a quarter of the machine's memory
   */
  readonly memory?: number | string;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
  /** The server of `s3://` locations; by default what the environment of AWS says, or Amazon's. */
  readonly s3Endpoint?: string;
}

/** Something that is not as it must be. */
export interface Problem {
  /** The element, such as `X` or `obs`. */
  readonly element: string;
  /** What is wrong, a sentence without a full stop. */
  readonly message: string;
}

/** What a verification has found: plain JSON. */
export interface VerifyReport {
  /** The output. */
  readonly output: string;
  /** Whether there are no problems. */
  readonly ok: boolean;
  /** 0: obs, 1: var. */
  readonly axis: 0 | 1;
  /** Cells and genes of the output. */
  readonly shape: readonly [obs: number, vars: number];
  /** Elements whose form was checked. */
  readonly elements: number;
  /** Entries and sums of matrices, input by input, as they are in the input and in the output. */
  readonly sums: readonly ElementSums[];
  /** What is wrong with the output. */
  readonly problems: readonly Problem[];
}

/**
 * Verify that the store at `output` is a concatenation of `inputs`: its form (monotone indptr, sorted and unique
 * indices in range, lengths and codes that fit), its names, and input by input every value of its matrices and columns.
 */
export async function verifyOutput(
  output: string,
  inputs: readonly InputLike[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const how = given(options), limit = resolveMemory(options.memory, machineMemory()), keys = keysOf(inputs, options);
  checkKeys(keys, inputs.length);
  await using out = await openAnnData(output, how);
  const check = new Verification(out, limit, how), sources: Source[] = [];
  for (const [at, given] of inputs.entries()) {
    const source = isSource(given) ? given : given.source;
    await using input = await openAnnData(source, how);
    const { shape, raw } = input;
    sources.push({ source, key: keys[at] ?? "", shape, rawNames: raw?.var.length ?? 0 });
  }
  const shapes = sources.map(({ shape }) => shape);
  const axis = axisOf(out.shape, shapes, options.axis);
  await check.form();
  if (axis !== undefined) await check.against(sources, axis, options.label);
  else check.problem("", `no axis of ${out.shape.join(" × ")} is as long as its ${inputs.length} inputs together`);
  return {
    output,
    ok: check.problems.length === 0,
    axis: axis ?? options.axis ?? 0,
    shape: out.shape,
    elements: check.elements,
    sums: check.sums,
    problems: check.problems,
  };
}

/** An input, with what is known of it before it is compared. */
interface Source {
  readonly source: InputSource;
  readonly key: string;
  readonly shape: readonly [obs: number, vars: number];
  /** Raw's genes. */
  readonly rawNames: number;
}

/** What opening a store takes of `options`. */
function given({ signal, s3Endpoint }: VerifyOptions): OpenAnnDataOptions {
  return { ...signal === undefined ? {} : { signal }, ...s3Endpoint === undefined ? {} : { s3Endpoint } };
}

/** The axis along which the lengths of the inputs add up to the output's. */
function axisOf(
  shape: readonly number[],
  inputs: readonly (readonly number[])[],
  asked: 0 | 1 | undefined,
): 0 | 1 | undefined {
  const fits = ([0, 1] as const).filter((axis) => axis === (asked ?? axis)).filter((axis) =>
    inputs.reduce((sum, input) => sum + (input[axis] ?? 0), 0) === shape[axis]
  );
  return fits[0];
}

/** Bytes that a name takes in a table. */
const NAME_BYTES = 160;

/** Bytes that the places of an input's names take in an output, if they are those of no other one. */
function mostBytes({ shape, rawNames }: Source, axis: 0 | 1, out: AnnData): number {
  const raw = axis === 1 ? 0 : placesBytes(rawNames, out.raw?.var.length ?? 0);
  return placesBytes(shape[1 - axis] ?? 0, out.shape[1 - axis] ?? 0) + raw;
}

const NO_DISORDER: Disorder = { unsorted: 0, repeated: 0 };

class Verification {
  readonly problems: Problem[] = [];
  readonly sums: ElementSums[] = [];
  elements = 0;
  /** What is not in order in the output's matrices: nothing of it is, unless it is so in an input. */
  readonly #disorders = new Map<string, Disorder>();
  /** Elements that cannot be read. */
  readonly #broken = new Set<string>();
  readonly #out: AnnData;
  readonly #limit: number;
  /** How inputs are opened. */
  readonly #how: OpenAnnDataOptions;
  readonly #signal: AbortSignal | undefined;

  constructor(out: AnnData, limit: number, how: OpenAnnDataOptions) {
    this.#out = out;
    this.#limit = limit;
    this.#how = how;
    this.#signal = how.signal;
  }

  problem(element: string, message: string): void {
    this.problems.push({ element, message });
  }

  /** The form of the output's elements, each by itself. */
  async form(): Promise<void> {
    const [obs, vars] = this.#out.shape, { raw } = this.#out;
    for (const [element, matrix] of matricesOf(this.#out)) {
      const genes = element.startsWith("raw/") ? raw?.var.length ?? 0 : vars;
      const shape = element.startsWith("obsp/")
        ? [obs, obs]
        : element.startsWith("varp/")
        ? [vars, vars]
        : [obs, genes];
      const disorder = (found: Disorder) => this.#disorders.set(element, found);
      await this.#try(element, () => checkMatrix(matrix, shape, this.#signal, disorder));
    }
    for (const [element, frame, rows] of framesOf(this.#out)) {
      await this.#try(element, () => checkFrame(frame, rows, this.#signal));
    }
    using opened = await openRoot(this.#out.source, this.#how);
    for (const [mapping, rows] of [["obsm", obs], ["varm", vars]] as const) {
      for (const [name, element] of Object.entries(this.#out[mapping])) {
        const path = `${mapping}/${name}`;
        await this.#try(path, async () => {
          if (element.kind === "dataframe") return await checkFrame(element, rows, this.#signal);
          if (element.kind !== "other") return await checkMatrix(element, [rows], this.#signal, () => {});
          await digestOther(opened, path); // decoding is the check
          return [];
        });
      }
    }
  }

  /** Names and values, beside the inputs'. */
  async against(sources: readonly Source[], axis: 0 | 1, label: string | undefined): Promise<void> {
    const inputs = await this.#inputs(sources, axis);
    const beside = new Beside({
      out: this.#out,
      inputs,
      axis,
      label,
      how: this.#how,
      broken: this.#broken,
      problem: (element, message) => this.problem(element, message),
      onOrder: (element, isDisordered) => {
        const found = isDisordered ? NO_DISORDER : this.#disorders.get(element) ?? NO_DISORDER;
        for (const message of disorderText(found)) this.problem(element, message);
      },
    });
    await beside.all();
    this.sums.push(...beside.sums);
    for (const path of await strangeValues(this.#out.source, inputs.map(({ source }) => source), this.#how)) {
      this.problem(path, "it holds what none of the inputs has under this name");
    }
  }

  /** Look at each input's names: along the axis they follow one another, on the other they are found by name. */
  async #inputs(sources: readonly Source[], axis: 0 | 1): Promise<Input[]> {
    const out = this.#out, [along, other] = axis === 0 ? [out.obs, out.var] : [out.var, out.obs];
    const rawGenes = axis === 1 ? undefined : out.raw?.var, names = other.length + (rawGenes?.length ?? 0);
    this.#checkMemory(`${names} names`, NAME_BYTES * names);
    const table = await NameTable.of(other.index, this.#signal);
    const rawTable = rawGenes === undefined ? null : await NameTable.of(rawGenes.index, this.#signal);
    const inputs: Input[] = [];
    let start = 0, rawStart = 0, left = sources.reduce((sum, one) => sum + mostBytes(one, axis, out), 0);
    for (const [at, one] of sources.entries()) {
      const { source, key, shape } = one;
      await using input = await openAnnData(source, this.#how);
      const name = typeof source === "string" ? source : `input ${at}`,
        span = { start, end: start += shape[axis] };
      const [rows, others] = axis === 0 ? [input.obs, input.var] : [input.var, input.obs];
      const element = axis === 0 ? "obs" : "var", wrong = await checkNames(along.index, span, rows.index, this.#signal);
      if (wrong !== undefined) this.problem(element, `${wrong} of "${name}"`);
      const { raw } = input, rawSpan = raw && { start: rawStart, end: rawStart += raw.var.length };
      if (axis === 1 && raw !== null && rawSpan !== null && out.raw !== null) {
        const strange = await checkNames(out.raw.var.index, rawSpan, raw.var.index, this.#signal);
        if (strange !== undefined) this.problem("raw/var", `${strange} of "${name}"`);
      }
      inputs.push({
        source,
        name,
        key,
        span,
        places: await table.places(others.index, this.#signal),
        rawSpan,
        rawPlaces: rawTable === null || raw === null ? null : await rawTable.places(raw.var.index, this.#signal),
      });
      const held = NAME_BYTES * names + table.bytes + (rawTable?.bytes ?? 0);
      left -= mostBytes(one, axis, out);
      this.#checkMemory(`the places of the names of ${many(sources.length, "input")}`, held, left);
    }
    const strange = table.unused();
    if (strange >= 0) this.problem(axis === 0 ? "var" : "obs", `the name at ${strange} is in none of the inputs`);
    return inputs;
  }

  /** Refuse to hold `held` bytes of names where that is too much; `more` are what others may take at most. */
  #checkMemory(what: string, held: number, more = 0): void {
    const limit = this.#limit;
    if (RUNTIME + held <= limit) return;
    const required = RUNTIME + held + more, amount = `${more > 0 ? "up to " : ""}${formatBytes(required)}`;
    const way = `it needs ${amount}; raise --memory to ${Math.ceil(required / 2 ** 20)}MiB`;
    throw new MemoryLimitError(`Cannot hold ${what} in ${formatBytes(limit)}: ${way}`, { limit, required });
  }

  async #try(element: string, check: () => Promise<readonly string[]>): Promise<void> {
    this.elements++;
    try {
      for (const message of await check()) this.problem(element, message);
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (!(error instanceof AnncatError) && !(error instanceof RangeError)) throw error;
      this.#broken.add(element);
      this.problem(element, error.message);
    }
  }
}

/** The matrices of an AnnData with their paths; not those of obsm and varm, whose columns have no names. */
function matricesOf({ X, layers, obsp, varp, raw }: AnnData): [string, Matrix][] {
  const mapping = (name: string, matrices: Readonly<Record<string, Matrix>>): [string, Matrix][] =>
    Object.entries(matrices).map(([key, matrix]) => [`${name}/${key}`, matrix]);
  return [
    ...(X === null ? [] : [["X", X] as [string, Matrix]]),
    ...mapping("layers", layers),
    ...mapping("obsp", obsp),
    ...mapping("varp", varp),
    ...(raw === null || raw.X === null ? [] : [["raw/X", raw.X] as [string, Matrix]]),
  ];
}

function framesOf({ obs, var: vars, raw, shape }: AnnData): [string, DataFrame, number][] {
  return [
    ["obs", obs, shape[0]],
    ["var", vars, shape[1]],
    ...(raw === null ? [] : [["raw/var", raw.var, raw.var.length] as [string, DataFrame, number]]),
  ];
}
