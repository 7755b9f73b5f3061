/**
 * How much a test does: `usual` as one of many in `npm test`, `long` in `npm run test:endurance`, which runs the files
 * called *.endurance.test.ts once more, and those of test/endurance.
 */
export const atLength = (usual: number, long: number): number => (process.env.EVOSIFT_ENDURANCE === '1' ? long : usual);
