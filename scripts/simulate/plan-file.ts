import { planOf, type Plan } from '../../src/simulation/plan.js';

/** What such a file says that it is. */
const format = 'kafka-pixy-plan';

/** A plan as data, to be run again, and what it found. */
export interface PlanFile {
  /** In words: what was wrong, or seemed so. */
  readonly found: string;
  readonly plan: Plan;
}

export const renderPlanFile = ({ found, plan }: PlanFile): string =>
  `${JSON.stringify({ format, found, plan }, undefined, 2)}\n`;

/** What plans of before do not have did not happen in them. @throws Error, for a person, when it is none */
export function readPlanFile(text: string): PlanFile {
  const file = JSON.parse(text) as { format?: unknown; found?: unknown; plan?: Record<string, unknown> };
  if (file.format !== format || typeof file.found !== 'string' || typeof file.plan !== 'object')
    throw new Error(`this is no plan of a simulation: {"format": "${format}", "found": "…", "plan": {…}} is wanted`);
  const plan: Record<string, unknown> = { ...file.plan };
  for (const [name, standard] of Object.entries(planOf(0))) {
    if (plan[name] === undefined && Array.isArray(standard)) plan[name] = [];
    if (typeof plan[name] !== typeof standard || Array.isArray(plan[name]) !== Array.isArray(standard))
      throw new Error(`the plan has no fitting ${name}: ${JSON.stringify(plan[name])}`);
  }
  return { found: file.found, plan: plan as unknown as Plan };
}
