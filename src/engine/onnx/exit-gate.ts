/**
 * onnxruntime's binding aborts the process when its thread is torn down while it is in native code. So a worker says
 * when it is, in a flag that it shares with the thread that started it, and that thread holds the process's exit back
 * until it is not.
 */
const IDLE = 0;
const BUSY = 1;
/** The process is exiting: nothing native begins any more. */
const STOPPED = 2;

/** The longest (ms) that an exit is held back for. */
const LONGEST_HOLD = 30_000;

export const createGate = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4));

/** In the worker: runs what calls native code, one call at a time. Never settles once the process is exiting. */
export async function throughGate<Result>(gate: Int32Array, work: () => Promise<Result>): Promise<Result> {
  if (Atomics.compareExchange(gate, 0, IDLE, BUSY) === STOPPED) return new Promise<Result>(() => {});
  try {
    return await work();
  } finally {
    Atomics.store(gate, 0, IDLE);
    Atomics.notify(gate, 0);
  }
}

const held = new Set<Int32Array>();

/** In the thread that starts the worker: until the worker has ended. */
export function holdExit(gate: Int32Array): void {
  if (held.size === 0) process.on('exit', stopAll);
  held.add(gate);
}

export function letExit(gate: Int32Array): void {
  held.delete(gate);
  if (held.size === 0) process.off('exit', stopAll);
}

function stopAll(): void {
  const deadline = Date.now() + LONGEST_HOLD;
  for (const gate of held) {
    while (Atomics.compareExchange(gate, 0, IDLE, STOPPED) === BUSY && Date.now() < deadline) {
      Atomics.wait(gate, 0, BUSY, deadline - Date.now());
    }
  }
}
