/** Where the demo speaks, and where somebody may answer. */
export interface DemoTerminal {
  write(text: string): void;
  /** Keys as they are pressed, one by one; not there: nobody can press any. */
  readonly onKey?: (listener: (key: string) => void) => void;
}

const columns = 96;

/** Breaks a paragraph into lines that begin with `indent`. */
export function paragraph(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join('\n');
}
