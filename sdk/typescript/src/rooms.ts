// The rooms the application is in: enters them with each connection, hands each its pushes, and
// fetches from history what a room misses.
//
// Limits: 128 rooms, as many as the server lets one connection have.
// Invariants: (1) a room is in the table from join() until it is left or ended. (2) a room that was
// not in the frame of `connect` is joined by a command of its own. (3) `leave` is sent only when
// `join` was answered. (4) a room that the server does not let this user into, or puts him out of,
// ends with an error and leaves the table: the next connection does not ask for it.
import type { Clock, Random } from './clock.js';
import type { Done } from './connection.js';
import { ConfabError, FrameError, RefusedError, RemovedError } from './errors.js';
import { LivePresence, type PresenceSink } from './live_presence.js';
import type { Persistent } from './persistent.js';
import type { Room } from './room.js';
import { RoomStream } from './room_stream.js';
import type { Hello, Position, Push, Pushes, RoomRefusal, RoomState } from './wire.js';

export const roomsMax = 128;
// The application's own, or one that the server gave to a private or direct room.
const roomName = /^(?:[A-Za-z0-9._-]{1,64}|~[pd][a-z2-7]{26})$/;
const pageEvents = 100;

interface Seat {
  readonly room: Room;
  readonly stream: RoomStream;
  readonly presence: LivePresence;
  stage: 'out' | 'entering' | 'in';
  isLeaving: boolean;
  /** Called when the room is entered for the first time, or never will be. */
  joined: (error: ConfabError | null) => void;
  left: () => void;
}

export interface RoomsBackend {
  readonly commands: Persistent;
  readonly clock: Clock;
  readonly random: Random;
  isOnline(): boolean;
  /** The server contradicts itself; another connection may mend it. */
  drop(error: ConfabError): void;
  /** Publishes to this room can go out. */
  entered(room: string): void;
}

export class Rooms {
  readonly #backend: RoomsBackend;
  readonly #bufferMax: number;
  readonly #seats = new Map<string, Seat>();

  constructor(backend: RoomsBackend, bufferMax: number) {
    this.#backend = backend;
    this.#bufferMax = bufferMax;
  }

  join(room: Room, position: Position | null): Promise<void> {
    const refusal = this.#refusal(room.name);
    if (refusal !== null) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const seat: Seat = {
        room,
        stream: new RoomStream(room.name, this.#sink(room), position, this.#bufferMax),
        presence: new LivePresence(this.#presenceSink(room)),
        stage: 'out',
        isLeaving: false,
        joined: (error) => (error === null ? resolve() : reject(error)),
        left: () => {},
      };
      this.#seats.set(room.name, seat);
      if (this.#backend.isOnline()) this.#enter(seat);
    });
  }

  /** Resolves when the server has let go of the room, or with the connection. */
  leave(room: Room): Promise<void> {
    const seat = this.#of(room);
    if (seat === undefined || seat.isLeaving) return Promise.resolve();
    seat.isLeaving = true;
    room.end(null);
    return new Promise((resolve) => {
      seat.left = resolve;
      if (seat.stage === 'out') this.#remove(seat, new ConfabError('left', 'the room was left'));
      if (seat.stage === 'in') this.#sendLeave(seat);
    });
  }

  get(name: string): Room | undefined {
    return this.#seats.get(name)?.room;
  }

  position(room: Room): Position | null {
    return this.#of(room)?.stream.position ?? null;
  }

  wanted(room: Room): void {
    const seat = this.#of(room);
    seat?.stream.advance();
    seat?.presence.advance();
  }

  /** Whether a publish can go out: the room is entered, or it is the server's to say no. */
  mayPublish(name: string): boolean {
    const seat = this.#seats.get(name);
    return seat === undefined || seat.stage === 'in';
  }

  /** What `connect` says; the answers come with online(). */
  positions(): Record<string, Position | null> {
    const seats = [...this.#seats.values()];
    for (const seat of seats) seat.stage = 'entering';
    return Object.fromEntries(seats.map((seat) => [seat.room.name, seat.stream.position]));
  }

  online(hello: Hello): void {
    const isLate = ({ room }: Seat) => !Object.hasOwn(hello.rooms, room.name);
    const late = [...this.#seats.values()].filter(isLate);
    for (const seat of late) this.#enter(seat);
    for (const [name, state] of Object.entries(hello.rooms)) {
      const seat = this.#seats.get(name);
      if (seat !== undefined) this.#entered(seat, state);
    }
  }

  offline(): void {
    for (const seat of [...this.#seats.values()]) {
      seat.stage = 'out';
      seat.stream.interrupted();
      seat.presence.interrupted();
      if (seat.isLeaving) this.#remove(seat, new ConfabError('left', 'the room was left'));
    }
  }

  pushed(push: Push): void {
    if (push.name === 'drain') return;
    const seat = this.#seats.get(push.value.room);
    if (seat === undefined) return;
    if (push.name === 'typing') seat.room.typed(push.value.user);
    else if (push.name === 'event') seat.stream.event(push.value);
    else if (push.name === 'caught_up') seat.stream.replayed();
    else if (push.name === 'presence') seat.presence.changed(push.value);
    else if (push.name === 'lag') this.#lagged(seat, push.value);
    else if (push.name === 'removed') this.#fail(seat, new RemovedError(push.value));
  }

  close(error: ConfabError | null, reason: ConfabError): void {
    for (const seat of [...this.#seats.values()]) {
      seat.room.end(error);
      this.#remove(seat, reason);
    }
  }

  #refusal(name: string): ConfabError | null {
    if (!roomName.test(name)) {
      const rule = '1 to 64 letters, digits, dots, lines and hyphens';
      return new ConfabError('bad_room_name', `a room name has ${rule}`, { field: 'room' });
    }
    if (this.#seats.has(name)) return new ConfabError('already_joined', `already in ${name}`);
    if (this.#seats.size < roomsMax) return null;
    return new ConfabError('too_many_rooms', `${roomsMax} rooms at most`);
  }

  #of(room: Room): Seat | undefined {
    const seat = this.#seats.get(room.name);
    return seat?.room === room ? seat : undefined;
  }

  #enter(seat: Seat): void {
    seat.stage = 'entering';
    const { name } = seat.room;
    const position = seat.stream.position;
    const done: Done<RoomState | RoomRefusal> = (error, state) => {
      if (error === null) this.#entered(seat, state!);
      else if (this.#backend.isOnline()) this.#fail(seat, error);
    };
    this.#backend.commands.send('join', position ? { room: name, position } : { room: name }, done);
  }

  #entered(seat: Seat, state: RoomState | RoomRefusal): void {
    if (!('epoch' in state)) {
      return this.#fail(seat, new RefusedError(seat.room.name, state));
    }
    seat.stage = 'in';
    if (seat.isLeaving) return this.#sendLeave(seat);
    seat.joined(null);
    seat.stream.entered(state);
    seat.presence.entered();
    this.#backend.entered(seat.room.name);
  }

  // Out of the table first: who hears of the end may join again at once.
  #fail(seat: Seat, error: ConfabError): void {
    this.#remove(seat, error);
    seat.room.end(error, seat.stream.position);
  }

  // With events, what is kept nowhere may have been dropped.
  #lagged(seat: Seat, { from, head }: Pushes['lag']): void {
    seat.stream.lag(from, head);
    seat.presence.stale();
  }

  #sendLeave(seat: Seat): void {
    this.#backend.commands.send('leave', { room: seat.room.name }, () => {
      this.#remove(seat, new ConfabError('left', 'the room was left'));
    });
  }

  #remove(seat: Seat, reason: ConfabError): void {
    if (this.#seats.get(seat.room.name) === seat) this.#seats.delete(seat.room.name);
    seat.presence.interrupted();
    seat.joined(reason);
    seat.left();
    this.#backend.entered(seat.room.name);
  }

  #presenceSink(room: Room): PresenceSink {
    const { clock, commands, random } = this.#backend;
    return {
      isFollowed: () => room.isFollowed(),
      tell: (change) => room.peopleChanged(change),
      random,
      after: (ms, callback) => clock.after(ms, callback),
      ask: () => {
        commands.send('presence', { room: room.name }, (error, presence) => {
          const seat = this.#of(room);
          if (error === null) seat?.presence.answered(presence!);
          else seat?.presence.failed();
        });
      },
    };
  }

  #sink(room: Room) {
    const { commands } = this.#backend;
    return {
      ready: () => room.ready(),
      take: room.take.bind(room),
      caughtUp: room.caughtUp.bind(room),
      confused: (what: string) => this.#backend.drop(new FrameError(what, '')),
      fetch: (after: number) => {
        commands.send('history', { room: room.name, after, limit: pageEvents, events: true }, (error, page) => {
          const seat = this.#of(room);
          if (seat === undefined || seat.stage !== 'in') return;
          if (error === null) seat.stream.page(page!);
          else if (this.#backend.isOnline()) this.#fail(seat, error);
        });
      },
    };
  }
}
