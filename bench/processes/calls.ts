import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a worker process can be asked, by name: one object in, one out, both as they pass between processes. */
export type Operations = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface AnswerMessage {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** The side of the worker. It ends when the process that started it does. */
export function serveCalls(operations: Operations): void {
  process.on('disconnect', () => process.exit(0));
  // The one who started us ends us; a signal to the whole group of processes is for it to act upon.
  process.on('SIGINT', () => {});
  process.on('message', ({ id, name, argument }: CallMessage) => {
    operations[name]!(argument as never).then(
      (result) => process.send!({ id, result } satisfies AnswerMessage),
      (error: Error) => process.send!({ id, error: error.stack ?? error.message } satisfies AnswerMessage),
    );
  });
}

/** A worker process, as seen by the one who started it. */
export class Worker<O extends Operations> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: AnswerMessage) => void>();
  #calls = 0;

  /** @param file beside the folder of this file, as in `workers/bare-koa.ts` */
  constructor(file: string) {
    this.#child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)));
    this.#child.on('message', (answer: AnswerMessage) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.once('exit', (code, signal) => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `${file} ended (${signal ?? code})` });
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  call<N extends keyof O & string>(name: N, argument: Parameters<O[N]>[0]): Promise<Awaited<ReturnType<O[N]>>> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as Awaited<ReturnType<O[N]>>);
        else reject(new Error(error));
      });
      this.#child.send({ id, name, argument } satisfies CallMessage, (error) => error && reject(error));
    });
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}
