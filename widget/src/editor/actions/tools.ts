// Choosing a tool.
import { locale } from "../locale";
import type { Tool } from "../types";
import { type Action, onKey } from "./action";

export type ToolAction = Action & { tool: Tool; hint: string };

const KEYS: Record<Tool, string> = {
  select: "V",
  crop: "C",
  arrow: "A",
  circle: "O",
  line: "L",
  text: "T",
  blur: "B",
};

const tools = Object.keys(KEYS) as Tool[];

/** One row for all of them. */
const help = [
  tools.map((tool) => KEYS[tool]).join(" "),
  tools.map((tool, at) => (at ? locale.tools[tool].toLowerCase() : locale.tools[tool])).join(", "),
] as const;

export const TOOLS: readonly ToolAction[] = tools.map((tool) => ({
  tool,
  name: locale.tools[tool],
  icon: tool,
  hint: locale.hints[tool],
  on: "letter",
  keys: KEYS[tool],
  matches: onKey(KEYS[tool].toLowerCase()),
  run: (editing) => editing.choose(tool),
  ...(tool === "select" && { help }),
}));
