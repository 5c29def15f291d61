/** The files of `diagrams/`: two drawings of each machine, and a README that shows them all. */
import { readFileSync } from 'node:fs';
import { chart, type MachineState } from '../../src/machines/transitions.js';
import { findMachines } from '../check/machines.js';
import { layout } from './layout.js';
import { mermaid } from './mermaid.js';
import { svg } from './svg.js';

/** File name -> content. */
export async function diagramFiles(folder?: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const sections: string[] = [];
  for (const { machine, file } of await findMachines(folder)) {
    const model = chart(machine);
    const text = mermaid(model);
    files.set(`${model.id}.mmd`, text);
    files.set(`${model.id}.svg`, svg(model, await layout(model)));
    sections.push(
      [
        `## ${model.id}`,
        machine.root.description ?? headComment(readFileSync(file, 'utf8')),
        `![The states of ${model.id} and the transitions between them](${model.id}.svg)`,
        describedStates(model.states),
        `${model.states.length - 1} states, ${model.transitions.length} transitions.`,
        `<details>\n<summary>The same as Mermaid text</summary>\n\n\`\`\`mermaid\n${text}\`\`\`\n\n</details>`,
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    );
  }
  files.set('README.md', `${[introduction, ...sections].join('\n\n')}\n`);
  return files;
}

const introduction = `# The machines, drawn

Every machine of \`src/machines\`, drawn from the same list of transitions that the tests count. \`npm run diagrams\` writes this folder
anew, and a test fails when it is stale.

- A box is a state: what it is, what it does on entry and on exit, which actor it invokes. Boxes within it are the states that it
  consists of; a dot is where it begins; a double border is an end. Regions that hold at the same time have dashed borders.
- An arrow reads \`event [guard] / actions\`. It stands for all transitions between the same two states, a label for each. A clock marks a
  delay; \`always\` is taken as soon as its guard holds; \`done\` and \`error\` are the ends of what the state invokes.
- What leads nowhere else stands in the state itself; a round arrow before it says that the state is entered anew.`;

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
