import { PixyError } from '../../errors/pixy-error.js';
import { queryDeskMachine, type QueryDeskEffects, type QueryDeskEvent } from '../../machines/query-desk.js';
import type { ActorKind, Ask, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { controlPlaneRestart } from '../restart.js';

/** Answers one question. Throws a `PixyError` for what the asker is to be told; anything else is an internal error. */
export type Answerer = (ask: Ask, shell: Shell<QueryDeskEvent>) => Promise<unknown>;

const underWayMax = 16;
const waitingMax = 1000;

class QueryDeskBody implements QueryDeskEffects {
  readonly #shell: Shell<QueryDeskEvent>;
  readonly #answer: Answerer;
  readonly #waiting: Ask[] = [];
  #underWay = 0;
  #answered = 0;
  #refusing = false;

  constructor(shell: Shell<QueryDeskEvent>, answer: Answerer) {
    this.#shell = shell;
    this.#answer = answer;
  }

  receive(ask: Ask): QueryDeskEvent | undefined {
    if (this.#refusing) {
      ask.refuse(new PixyError('shutting-down', {}));
      return undefined;
    }
    this.#waiting.push(ask);
    return { type: 'question.asked' };
  }

  beginNext(): void {
    const ask = this.#waiting.shift();
    this.#shell.settle(
      ask?.open ? this.#tryAnswer(ask) : Promise.resolve(),
      () => ({ type: 'question.settled' }),
      () => ({ type: 'question.settled' }),
    );
  }

  async #tryAnswer(ask: Ask): Promise<void> {
    this.#underWay++;
    try {
      if (ask.reply(await this.#answer(ask, this.#shell))) this.#answered++;
    } catch (error) {
      if (error instanceof PixyError) ask.refuse(error);
      else {
        this.#shell.log.error({ err: error, question: ask.request.type }, 'a question could not be answered');
        ask.refuse(new PixyError('internal', {}, { cause: error }));
      }
    } finally {
      this.#underWay--;
    }
  }

  refuseAll(): void {
    this.#refusing = true;
    for (const ask of this.#waiting.splice(0)) ask.refuse(new PixyError('shutting-down', {}));
  }

  describe() {
    return { underWay: this.#underWay, waiting: this.#waiting.length, answered: this.#answered };
  }
}

/** A desk that answers by `answerer`. */
export function queryDeskKind(
  answerer: (services: ClusterServices, shell: Shell<QueryDeskEvent>) => Answerer,
): ActorKind<typeof queryDeskMachine, { readonly services: ClusterServices }> {
  return {
    name: 'query-desk',
    machine: queryDeskMachine,
    restart: controlPlaneRestart,
    mailboxRequestsMax: waitingMax,
    build(shell, { services }) {
      const body = new QueryDeskBody(shell, answerer(services, shell));
      return {
        input: { effects: body, underWayMax },
        receive: (ask) => body.receive(ask),
        describe: () => body.describe(),
      };
    },
  };
}

/** Resolves after a while of the actor's clock. */
export function pause(shell: Shell<QueryDeskEvent>, delayMs: number): Promise<void> {
  return new Promise((resolve) => shell.clock.setTimeout(resolve, delayMs));
}

/** The same, but `undefined` when it takes too long: what comes of it then is of no interest any more. */
export async function within<T>(
  shell: Shell<QueryDeskEvent>,
  timeoutMs: number,
  work: Promise<T>,
): Promise<T | undefined> {
  let timer;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = shell.clock.setTimeout(() => resolve(undefined), Math.max(0, timeoutMs));
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    shell.clock.clearTimeout(timer!);
    work.catch(() => undefined);
  }
}
