import type { Plan } from './plan.js';

/** Whether a plan still fails in the way that is looked for. */
export type Fails = (plan: Plan) => Promise<boolean>;

/** Runs that a shrinking may take. */
const runsMax = 250;

/**
 * A smaller plan that fails as well: without faults, posts, groups, clients and daemons that do not matter, and shorter. Each
 * step is kept if the plan still fails; halves are tried before single ones. Deterministic.
 */
export async function shrink(plan: Plan, fails: Fails): Promise<Plan> {
  let runs = 0;
  let smallest = plan;
  const keep = async (candidate: Plan): Promise<boolean> => {
    if (runs >= runsMax) return false;
    runs++;
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  const without = async <K extends 'faults' | 'posts' | 'groups'>(what: K): Promise<void> => {
    for (let size = Math.ceil(smallest[what].length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < smallest[what].length;) {
        const rest = [...smallest[what].slice(0, from), ...smallest[what].slice(from + size)];
        if (!(await keep({ ...smallest, [what]: rest }))) from += size;
      }
    }
  };
  await without('faults');
  await without('groups');
  await without('posts');
  for (const name of [...smallest.clients].reverse()) {
    const clients = smallest.clients.filter((other) => other !== name);
    const posts = smallest.posts.filter(({ client }) => client !== name);
    if (clients.length > 0) await keep({ ...smallest, clients, posts });
  }
  const lastMs = Math.max(1000, ...smallest.posts.map(({ atMs }) => atMs), ...smallest.faults.map(({ atMs }) => atMs));
  await keep({ ...smallest, durationMs: lastMs });
  await without('faults');
  for (const [at, planned] of smallest.faults.entries()) {
    if (planned.forMs < 200) continue;
    const shorter = { ...planned, forMs: Math.round(planned.forMs / 2) };
    await keep({ ...smallest, faults: smallest.faults.map((other, index) => (index === at ? shorter : other)) });
  }
  return smallest;
}
