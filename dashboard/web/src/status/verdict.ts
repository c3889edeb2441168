import type { Schemas } from "../api/client";

const WELL = new Set(["running", "on demand"]);
const MUCH = 10_000;

export const isWell = (process: Pick<Schemas["ProcessStatus"], "state">): boolean => WELL.has(process.state);

/** One sentence about the whole: which process is down, which consumer is far behind, where the canary waits. */
export function verdict(status: Pick<Schemas["SystemStatus"], "processes" | "consumers" | "canary">): {
  ok: boolean;
  says: string;
} {
  const down = status.processes.filter((process) => !isWell(process));
  const behind = status.consumers.filter((consumer) => consumer.lag > MUCH);
  const says = [
    ...down.map(({ name, state }) => `${name} is ${state}.`),
    ...behind.map(({ name, lag }) => `${name} is ${lag} records behind.`),
    ...(status.canary?.problem ? [sentence(status.canary.problem)] : []),
  ];
  if (says.length > 0) return { ok: false, says: says.join(" ") };
  const processes =
    status.processes.length === 0
      ? "No supervisor tells about processes here."
      : `${status.processes.length} processes run.`;
  return { ok: true, says: processes };
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
