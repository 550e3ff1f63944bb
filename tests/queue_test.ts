/** The queue that threads share: what waits for what, and in which order tasks are taken. */
import { assertEquals } from "@std/assert";
import type { Task } from "../lib/plan/task.ts";
import { TaskQueue } from "../lib/run/queue.ts";
import { withSeed } from "./random.ts";

function task(id: number, stage: number, element: number, bytes: number): Task {
  return { id, stage, element, bytes, memory: 0, kind: "append", units: { start: 0, end: 1 } };
}

function taken(queue: TaskQueue): number | "later" | undefined {
  const next = queue.take();
  return typeof next === "object" ? next.id : next;
}

Deno.test("TaskQueue: what others need comes first, small tasks fill the time until it is there, large ones the rest", () => {
  const tasks = [task(0, 0, 0, 5), task(1, 0, 0, 1), task(2, 2, 1, 3), task(3, 2, 1, 3), task(4, 3, 1, 9)];
  const one = new TaskQueue(tasks), other = new TaskQueue(tasks, one.shared);
  assertEquals([taken(one), taken(other), taken(one)], [2, 3, 0]);
  one.finish(tasks[2] as Task);
  assertEquals([taken(one), taken(one)], [1, "later"]);
  other.finish(tasks[3] as Task);
  assertEquals([taken(one), taken(other), taken(one)], [4, undefined, undefined]);
});

Deno.test("TaskQueue: tasks of one element do not wait for those of another, nor for stages that have none", () => {
  const tasks = [task(7, 1, 0, 1), task(8, 2, 0, 1), task(9, 5, 3, 1)], queue = new TaskQueue(tasks);
  assertEquals([taken(queue), taken(queue), taken(queue)], [7, 9, "later"]);
  queue.finish(tasks[0] as Task);
  assertEquals([taken(queue), taken(queue)], [8, undefined]);
});

Deno.test("TaskQueue: after stop nobody takes any more, and what was taken may still be finished", () => {
  const tasks = [task(0, 0, 0, 1), task(1, 0, 0, 1)], one = new TaskQueue(tasks);
  const other = new TaskQueue(tasks, one.shared);
  assertEquals(taken(other), 0);
  one.stop();
  other.finish(tasks[0] as Task);
  assertEquals([taken(one), taken(other)], [undefined, undefined]);
});

Deno.test("TaskQueue: random tasks: each is taken once, after all of its element's earlier stages", () =>
  withSeed((random) => {
    for (let round = 0; round < 50; round++) {
      const tasks = Array.from({ length: random.below(40) }, (_, id) => {
        return task(id, random.below(4), random.below(5), random.below(100));
      });
      const first = new TaskQueue(tasks), queues = [first, ...[0, 0].map(() => new TaskQueue(tasks, first.shared))];
      const running: Task[] = [], done: Task[] = [];
      while (done.length < tasks.length) {
        const next = queues[random.below(queues.length)]?.take();
        if (typeof next === "object") {
          const needs = tasks.filter(({ element, stage }) => element === next.element && stage < next.stage);
          assertEquals(needs.filter((need) => !done.includes(need)), []);
          running.push(next);
        }
        if (running.length > 0 && random.below(2) === 0) {
          const [ended] = running.splice(random.below(running.length), 1);
          queues[random.below(queues.length)]?.finish(ended as Task);
          done.push(ended as Task);
        }
      }
      assertEquals(done.map(({ id }) => id).sort((a, b) => a - b), tasks.map(({ id }) => id));
      assertEquals(taken(first), undefined);
    }
  }));
