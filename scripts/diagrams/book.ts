/** The files of `diagrams/`: a drawing for each machine, and a README that shows them all. */
import { readFileSync } from 'node:fs';
import { chart, type MachineState } from '../../src/machines/transitions.js';
import { findMachines } from '../check/machines.js';
import { mermaid } from './mermaid.js';

/** File name -> content. */
export async function diagramFiles(folder?: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const sections: string[] = [];
  for (const { machine, file } of await findMachines(folder)) {
    const model = chart(machine);
    const drawing = mermaid(model);
    files.set(`${model.id}.mmd`, drawing);
    sections.push(
      [
        `## ${model.id}`,
        machine.root.description ?? headComment(readFileSync(file, 'utf8')),
        `\`\`\`mermaid\n${drawing}\`\`\``,
        describedStates(model.states),
        `${model.states.length - 1} states, ${model.transitions.length} transitions.`,
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    );
  }
  files.set('README.md', `${[introduction, ...sections].join('\n\n')}\n`);
  return files;
}

const introduction = `# The machines, drawn

Every machine of \`src/machines\`, drawn from the same list of transitions that the tests count. An arrow reads \`event [guard] / actions\`. \`npm run diagrams\` writes
this folder anew, and a test fails when it is stale.`;

/** The comment at the head of a file, a line for each paragraph and each entry of a list. */
function headComment(source: string): string {
  const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  const text = comment.replace(/^[ \t]*\*[ \t]?/gm, '').trim();
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*(?!\s|- )/g, ' '))
    .join('\n\n');
}

function describedStates(states: readonly MachineState[]): string {
  return states
    .filter((state) => state.path !== '' && state.description !== undefined)
    .map((state) => `- \`${state.path}\`: ${state.description}`)
    .join('\n');
}
