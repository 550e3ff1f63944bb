/**
 * `anncat plan`, which is `anncat concat --dry-run` too.
 *
 * @module
 */
import { planTasks } from "../concat.ts";
import { TASK_SIZE } from "../plan/batch.ts";
import { planJson } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import { estimate } from "../report/estimate.ts";
import { type MachinesEstimate, machinesEstimate, machinesText } from "../report/machines.ts";
import { planText } from "../report/plan.ts";
import { jobOf, tellNotes } from "./concat.ts";
import type { Context } from "./context.ts";
import { sizeOf, wholeNumberOf } from "./options.ts";
import type { Values } from "./parse.ts";

/** Print what concat would do. */
export async function planCommand(context: Context): Promise<void> {
  const { values, terminal, signal } = context;
  const { inputs, out, options } = jobOf(context), cut = machinesOf(values);
  const plan: Plan = await planTasks(inputs, out, { ...options, signal }, cut?.taskSize);
  const expected = estimate(plan), machines = cut === undefined ? undefined : machinesEstimate(plan, expected, cut);
  if (!values.has("json")) {
    const tasks = machines === undefined ? "" : "\n" + machinesText(machines);
    return terminal.out(planText(plan, expected) + tasks);
  }
  if (!values.has("quiet")) tellNotes(context, plan.notes);
  terminal.out(planJson({ ...plan, estimate: expected, ...(machines === undefined ? {} : { machines }) }) + "\n");
}

/** How many machines are to do which tasks, where a command line says something of either. */
function machinesOf(values: Values): Pick<MachinesEstimate, "machines" | "taskSize"> | undefined {
  const machines = wholeNumberOf(values, "machines", 1), taskSize = sizeOf(values, "task-size");
  if (machines === undefined && taskSize === undefined) return undefined;
  return { machines: machines ?? 1, taskSize: taskSize ?? TASK_SIZE };
}
