import {
  protocolVersion,
  type LookedAt,
  type Recording,
  type ServerFrame,
  type StreamHead,
  type ViewerFrame,
} from '../protocol.js';
import { Connection, type ConnectionState } from './connection.js';
import { download, openRecording } from './files.js';
import { readPlace, writePlace } from './location.js';
import { ActorTree } from './model/actor-tree.js';
import { History } from './model/history.js';
import { Playback } from './model/playback.js';
import { World } from './model/world.js';
import type { Answers, PageActions, ViewName } from './view.js';

/** Between two drawings for what happens; a press of a key is drawn at once. */
const drawEveryMs = 100;
/** Where drawing takes long, it is done less often: of so many parts of the time, one; the others are for keys. */
const drawShare = 4;
const drawSlowestMs = 2000;
/** Without anything new: ages go on. */
const tickMs = 500;

export interface Player {
  readonly playback: Playback;
  /** It is what this page has seen, and not a file. */
  readonly isOwn: boolean;
  isPlaying: boolean;
  speed: number;
}

/** All that the page knows and shows; `subscribe` tells when to draw. */
export class PageStore implements PageActions {
  connection: ConnectionState = { state: 'connecting' };
  /** Undefined: the daemon's first word is still awaited. */
  #live: World | undefined;
  #history: History | undefined;
  player: Player | undefined;
  selected: string | undefined;
  group: string | undefined;
  view: ViewName;
  readonly tree = new ActorTree();
  /** The row of the tree that keys act on. */
  cursor: string | undefined;
  looked: LookedAt | undefined;
  isRevealed = false;
  /** Something that the page itself has to say. */
  notice: string | undefined;
  isHelpOpen = false;
  isLogOpen = false;
  readonly groups = new Map<string, readonly string[]>();
  readonly unreadable = new Map<string, string>();
  readonly answers: Answers = { groups: this.groups, unreadable: this.unreadable };
  /** Counts up with every drawing. */
  version = 0;
  #draw: () => void = () => {};
  #drawnAtMs = 0;
  /** From its begin until it was laid out. */
  #drawCostMs = 0;
  #drawTimer: number | undefined;
  /** The head of this connection has come. */
  #isBegun = false;
  /** Of the last frame: the stream's time and ours. */
  #told = { nowMs: 0, atMs: 0 };
  #watched: ViewerFrame | undefined;
  #played = 0;
  readonly #connection = new Connection({
    onFrame: (frame) => this.#onFrame(frame),
    onState: (state) => this.#onConnection(state),
  });

  constructor() {
    const { view, selected, group } = readPlace();
    this.view = view;
    this.selected = selected;
    this.group = group;
  }

  start(draw: () => void): void {
    this.#draw = draw;
    this.#connection.start();
    window.addEventListener('hashchange', () => this.#follow());
    window.setInterval(() => this.#tick(), tickMs);
  }

  /** What is drawn: as it is now, or as it was. */
  get world(): World | undefined {
    return this.player?.playback.world ?? this.#live;
  }

  get isLive(): boolean {
    return this.player === undefined;
  }

  get wallMs(): number {
    const world = this.world;
    return world ? world.head.wallAtZeroMs + world.nowMs : 0;
  }

  select(address: string): void {
    this.selected = address;
    this.tree.reveal(address);
    this.open('actors');
  }

  choose(address: string | undefined): void {
    if (address === this.selected) return;
    this.selected = address;
    if (address !== undefined) this.tree.reveal(address);
    this.#placed();
  }

  open(view: ViewName): void {
    this.view = view;
    this.#placed();
  }

  chooseGroup(group: string | undefined): void {
    if (group === this.group) return;
    this.group = group;
    this.#placed();
  }

  send(frame: ViewerFrame): void {
    if (frame.type === 'watch-group') this.#watched = frame;
    if (this.isLive) this.#connection.send(frame);
  }

  reveal(isRevealed: boolean): void {
    this.isRevealed = isRevealed;
    this.#look();
    this.input();
  }

  /** Draws what a person did, at once. */
  input(): void {
    window.clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    this.#drawNow();
  }

  toggleHelp(): void {
    this.isHelpOpen = !this.isHelpOpen;
    this.input();
  }

  toggleLog(): void {
    this.isLogOpen = !this.isLogOpen;
    this.input();
  }

  say(notice: string | undefined): void {
    this.notice = notice;
    this.input();
  }

  /** Looks at what was seen; what happens meanwhile is gathered all the same. */
  pause(): void {
    if (!this.#history) return;
    this.#show(this.#history.recording('page'), true);
    this.player!.playback.seek(Infinity);
    this.input();
  }

  backToLive(): void {
    this.player = undefined;
    this.#look();
    if (this.#watched) this.#connection.send(this.#watched);
    this.input();
  }

  async openFile(file: File): Promise<void> {
    try {
      this.#show(await openRecording(file), false);
      this.say(undefined);
    } catch (error) {
      this.say(`${file.name} cannot be played. ${(error as Error).message}`);
    }
  }

  save(): void {
    const recording = this.player?.playback.recording ?? this.#history?.recording('page');
    if (recording) download(recording, this.wallMs);
  }

  /** Space: live stops, what is stopped plays on; live again from the end of what was seen. */
  toggle(): void {
    const { player } = this;
    if (!player) return this.pause();
    if (player.isOwn && !player.isPlaying && player.playback.isAtEnd) return this.backToLive();
    if (!player.isPlaying && player.playback.isAtEnd) player.playback.seek(player.playback.fromMs);
    player.isPlaying = !player.isPlaying;
    if (player.isPlaying) this.#play();
    this.input();
  }

  setSpeed(speed: number): void {
    if (this.player) this.player.speed = speed;
    this.input();
  }

  seek(atMs: number): void {
    this.player?.playback.seek(atMs);
    this.input();
  }

  step(what: 'remark' | 'state', backward: boolean): void {
    const { player } = this;
    if (!player) return;
    player.isPlaying = false;
    const atMs = player.playback.next(what, backward, what === 'state' ? this.selected : undefined);
    if (atMs !== undefined) player.playback.seek(atMs);
    this.input();
  }

  #show(recording: Recording, isOwn: boolean): void {
    this.#connection.send({ type: 'look', address: null, reveal: false });
    this.looked = undefined;
    this.player = { playback: new Playback(recording), isOwn, isPlaying: false, speed: 1 };
  }

  #play(): void {
    const run = ++this.#played;
    let lastMs = performance.now();
    const frame = (nowMs: number): void => {
      const { player } = this;
      if (run !== this.#played || !player?.isPlaying) return;
      // Frames of a tab in the background are far apart; what was not seen is not skipped.
      const passedMs = Math.min(100, nowMs - lastMs);
      lastMs = nowMs;
      player.playback.seek(player.playback.atMs + passedMs * player.speed);
      if (!player.playback.isAtEnd) window.requestAnimationFrame(frame);
      else if (player.isOwn) return this.backToLive();
      else player.isPlaying = false;
      this.#changed();
    };
    window.requestAnimationFrame(frame);
  }

  #onConnection(state: ConnectionState): void {
    this.connection = state;
    this.#isBegun = false;
    this.input();
  }

  #onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'head':
        return this.#begin(frame);
      case 'past':
        // After a break the page has a past of its own.
        if (!this.#live || this.#live.version > 0) return;
        this.#live.applyAll(frame.records);
        this.#history?.add(frame.records);
        break;
      case 'records':
        if (!this.#live) return;
        this.#live.applyAll(frame.records);
        this.#history?.add(frame.records);
        this.#live.nowMs = Math.max(this.#live.nowMs, frame.nowMs);
        this.#told = { nowMs: this.#live.nowMs, atMs: performance.now() };
        break;
      case 'looked':
        if (frame.looked.address === this.selected) this.looked = frame.looked;
        break;
      case 'unreadable-group':
        this.unreadable.set(`${frame.cluster}/${frame.group}`, frame.reason);
        break;
      case 'groups':
        this.groups.set(frame.cluster, frame.groups);
    }
    if (frame.type === 'records')
      for (const record of frame.records) if (record.type === 'group') this.#readable(record.group);
    this.#changed();
  }

  #readable({ cluster, group }: { cluster: string; group: string }): void {
    this.unreadable.delete(`${cluster}/${group}`);
  }

  #begin(head: StreamHead): void {
    if (head.protocol !== protocolVersion) {
      return this.say(
        `This page speaks version ${protocolVersion} and the daemon version ${head.protocol}. Reload the page.`,
      );
    }
    const isAgain = this.#isBegun;
    this.#isBegun = true;
    if (isAgain && this.#live && this.#history) {
      // A daemon of the process came or went; everything else that was told stands.
      this.#live.head = head;
      this.#history.head = head;
      return this.input();
    }
    if (this.#live && isSameProcess(this.#live.head, head)) {
      // What was seen before the break is worth keeping; what went away in it is found by telling everyone anew.
      const gap = { type: 'gap', atMs: this.#live.nowMs, address: '', dropped: 0, resync: true } as const;
      this.#live.apply(gap);
      this.#history?.add([gap]);
      this.#live.head = head;
      this.#history!.head = head;
    } else {
      this.#live = new World(head);
      this.#history = new History(head);
      this.groups.clear();
      this.unreadable.clear();
    }
    this.#look();
    if (this.#watched) this.send(this.#watched);
    this.input();
  }

  #tick(): void {
    if (this.isLive && this.#live && this.connection.state === 'open') {
      this.#live.nowMs = Math.max(this.#live.nowMs, this.#told.nowMs + performance.now() - this.#told.atMs);
    }
    if (!this.player || this.connection.state === 'gone') this.#changed();
  }

  #follow(): void {
    const { view, selected, group } = readPlace();
    this.view = view;
    this.selected = selected;
    this.group = group;
    this.#placed();
  }

  #placed(): void {
    writePlace({ view: this.view, selected: this.selected, group: this.group });
    this.#look();
    this.input();
  }

  #look(): void {
    const address = this.view === 'actors' && this.selected !== undefined ? this.selected : null;
    if (this.looked && this.looked.address !== address) this.looked = undefined;
    this.send({ type: 'look', address, reveal: this.isRevealed });
  }

  #changed(): void {
    if (this.#drawTimer !== undefined) return;
    const everyMs = Math.max(drawEveryMs, Math.min(this.#drawCostMs * drawShare, drawSlowestMs));
    const waitMs = Math.max(0, this.#drawnAtMs + everyMs - performance.now());
    this.#drawTimer = window.setTimeout(() => {
      window.requestAnimationFrame(() => {
        this.#drawTimer = undefined;
        this.#drawNow();
      });
    }, waitMs);
  }

  #drawNow(): void {
    const begunMs = performance.now();
    this.#drawnAtMs = begunMs;
    this.version++;
    this.#draw();
    window.requestAnimationFrame(() => {
      window.setTimeout(() => {
        this.#drawCostMs = performance.now() - begunMs;
      });
    });
  }
}

const isSameProcess = (one: StreamHead, other: StreamHead): boolean =>
  Math.abs(one.wallAtZeroMs - other.wallAtZeroMs) < 50 && one.product === other.product;
