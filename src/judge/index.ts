/** Judging, as others see it. */
export * from './reward/index.js';
