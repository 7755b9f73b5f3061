import { randomInt } from 'node:crypto';

/** Numbers in (0, 1), the same ones for the same seed from 1 on (Park and Miller's generator). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Numbers by a seed of chance, which is printed: EVOSIFT_TEST_SEED repeats them. */
export function printedRandom(what: string): () => number {
  const seed = Number(process.env.EVOSIFT_TEST_SEED) || randomInt(1, 2 ** 31 - 1);
  console.log(`${what}: EVOSIFT_TEST_SEED=${seed}`);
  return randomNumbers(seed);
}
