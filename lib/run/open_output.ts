/**
 * Where an output grows, and how it comes into being: one port for folders and buckets.
 *
 * @module
 */
import type { MaybePromise } from "../base/async.ts";
import { isS3 } from "../base/location.ts";
import type { Plan } from "../plan/plan.ts";
import type { Folders } from "./bench.ts";
import { Output } from "./output.ts";

/** An output on its way; nobody sees it before it is whole. */
export interface GrowingOutput {
  /** Where tasks write. */
  readonly folders: Folders;
  /** The folder of the run's journal. */
  readonly folder: string;
  /** Whether a run that was stopped left the folder. */
  readonly isTakenOver: boolean;
  /** Let the finished store, metadata and all, be seen. */
  publish(options?: PublishOptions): MaybePromise<void>;
  /** Leave what there is to a run that resumes, where that can be; says what else is left. */
  keep(): MaybePromise<string | undefined | void>;
  /** Remove what there is; says what is left, where something has to be. */
  discard(): MaybePromise<string | undefined | void>;
}

/** How an output gets its name. */
export interface PublishOptions {
  /** Whether all of it has to be on the disk first, not only its metadata. @default {false} */
  readonly sync?: boolean | undefined;
}

/** How an output is begun. */
export interface OutputOptions {
  /** Whether one that exists is replaced. */
  readonly overwrite: boolean;
  /** Whether to go on with what a stopped run left. */
  readonly resume: boolean;
  /** Stops waiting for a server. */
  readonly signal: AbortSignal | undefined;
}

/** Begin the output of `plan`. */
export async function openOutput(plan: Plan, options: OutputOptions): Promise<GrowingOutput> {
  const { location, format } = plan.output;
  const inputs = plan.inputs.map((input) => input.location);
  if (!isS3(location)) return Output.open(location, { ...options, format, inputs });
  const { S3Output } = await import("./s3_output.ts");
  return await S3Output.open(plan, options);
}
