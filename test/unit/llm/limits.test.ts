import { describe, expect, it } from 'vitest';
import { pauseAfter, type Failure } from '../../../src/llm/limits/back-off.js';
import { Breaker } from '../../../src/llm/limits/breaker.js';
import { Budget } from '../../../src/llm/limits/budget.js';
import { Throttle } from '../../../src/llm/limits/throttle.js';
import { TokenBucket } from '../../../src/llm/limits/token-bucket.js';
import { FAILURE_KINDS, isTransient } from '../../../src/llm/request-error.js';

const failure = (kind: Failure['kind'], retryAfter: number | null = null): Failure => ({
  kind,
  detail: 'so it is',
  retryAfter,
});

describe('TokenBucket', () => {
  it('gives its burst at once, then an even flow', () => {
    const bucket = new TokenBucket(60, 2);
    expect(bucket.waitFor(1, 0)).toBe(0);
    bucket.take(1, 0);
    bucket.take(1, 0);
    expect(bucket.waitFor(1, 0)).toBe(1_000);
    expect(bucket.waitFor(1, 400)).toBe(600);
    expect(bucket.waitFor(1, 1_000)).toBe(0);
  });

  it('lets through what is larger than itself, and lets the next one wait for it', () => {
    const bucket = new TokenBucket(60, 10);
    expect(bucket.waitFor(30, 0)).toBe(0);
    bucket.take(30, 0);
    expect(bucket.waitFor(1, 0)).toBe(21_000);
    bucket.giveBack(15);
    expect(bucket.waitFor(1, 0)).toBe(6_000);
  });

  it('never holds more than its capacity', () => {
    const bucket = new TokenBucket(60, 3);
    bucket.giveBack(100);
    bucket.take(3, 3_600_000);
    expect(bucket.waitFor(1, 3_600_000)).toBe(1_000);
  });
});

describe('pauseAfter', () => {
  const backOff = { attempts: 6, base: 500, cap: 30_000 };
  const most = (kind: Failure['kind'], attempts: number): number | null =>
    pauseAfter(failure(kind), attempts, backOff, () => 1);

  it.each([
    ['rate_limited', 1, 500],
    ['rate_limited', 3, 2_000],
    ['server_error', 1, 100],
    ['timeout', 2, 1_000],
    ['connection', 5, 8_000],
    ['malformed_answer', 1, 100],
    ['server_error', 6, null],
    ['bad_request', 1, null],
    ['unauthorized', 1, null],
    ['context_overflow', 1, null],
    ['worker_failed', 1, null],
  ] as const)('%s, sent %i times: up to %s ms', (kind, attempts, expected) => {
    expect(most(kind, attempts)).toBe(expected);
  });

  it('draws from nothing to the bound, which ends at the cap', () => {
    expect(pauseAfter(failure('timeout'), 3, backOff, () => 0)).toBe(0);
    expect(pauseAfter(failure('timeout'), 30, { ...backOff, attempts: 50 }, () => 1)).toBe(30_000);
  });

  it('never comes back sooner than Retry-After', () => {
    expect(pauseAfter(failure('rate_limited', 7_000), 1, backOff, () => 0)).toBe(7_000);
    expect(pauseAfter(failure('server_error', 7_000), 1, backOff, () => 1)).toBeGreaterThanOrEqual(7_000);
  });

  it('gives up on what is not transient at once', () => {
    for (const kind of FAILURE_KINDS) if (!isTransient(kind)) expect(most(kind, 1)).toBeNull();
  });
});

describe('Breaker', () => {
  const limits = { failures: 3, patience: 1_000, longestPause: 60_000 };
  const opened = { code: 'breaker_open', message: expect.stringContaining('so it is') as unknown };

  it.each(['unauthorized', 'not_found'] as const)('opens at once where the first answer is %s', (kind) => {
    expect(new Breaker('it', limits).failed(failure(kind), 0, 1)).toMatchObject(opened);
  });

  it('opens after so many in a row where nobody was ever there', () => {
    const breaker = new Breaker('it', limits);
    expect(breaker.failed(failure('connection'), 0, 1)).toBeNull();
    expect(breaker.failed(failure('connection'), 2, 3)).toBeNull();
    expect(breaker.failed(failure('connection'), 4, 5)).toMatchObject(opened);
  });

  it('counts those that were under way when the first failed as one', () => {
    const breaker = new Breaker('it', { ...limits, patience: 0 });
    for (let sent = 0; sent < 200; sent++) expect(breaker.failed(failure('timeout'), sent, 1_000 + sent)).toBeNull();
    expect(breaker.failed(failure('timeout'), 1_300, 2_300)).toBeNull();
    expect(breaker.failed(failure('timeout'), 1_300, 2_300)).toMatchObject(opened);
  });

  it('bears with an endpoint that was there until its patience ends', () => {
    const breaker = new Breaker('it', limits);
    breaker.succeeded();
    for (let at = 0; at < 1_000; at += 10) expect(breaker.failed(failure('connection'), at, at)).toBeNull();
    expect(breaker.failed(failure('connection'), 1_000, 1_000)).toMatchObject(opened);
  });

  it('begins anew after an answer, be it a refusal of the request', () => {
    const breaker = new Breaker('it', { ...limits, patience: 0 });
    for (let round = 0; round < 10; round++) {
      expect(breaker.failed(failure('server_error'), round, round)).toBeNull();
      expect(breaker.failed(failure('server_error'), round, round)).toBeNull();
      if (round % 2 === 0) breaker.succeeded();
      else expect(breaker.failed(failure('bad_request'), round, round)).toBeNull();
    }
  });

  it('opens where the server asks to be left alone for long', () => {
    expect(new Breaker('it', limits).failed(failure('rate_limited', 61_000), 0, 1)).toMatchObject({
      code: 'breaker_open',
    });
    expect(new Breaker('it', limits).failed(failure('rate_limited', 60_000), 0, 1)).toBeNull();
  });
});

describe('Budget', () => {
  it('counts requests', () => {
    const budget = new Budget({ requests: 2, tokens: null });
    expect([budget.reserve(1), budget.reserve(1)]).toEqual(['reserved', 'reserved']);
    expect(budget.reserve(1)).toMatchObject({ code: 'budget_spent' });
  });

  it('lets a request wait whose tokens may yet be left over, and ends when nothing is in flight', () => {
    const budget = new Budget({ requests: null, tokens: 100 });
    expect(budget.reserve(60)).toBe('reserved');
    expect(budget.reserve(60)).toBe('wait');
    budget.settle(60, 20);
    expect(budget.reserve(60)).toBe('reserved');
    expect(budget.reserve(60)).toBe('wait');
    budget.settle(60, 60);
    expect(budget.reserve(60)).toMatchObject({
      code: 'budget_spent',
      message: expect.stringContaining('20 of 100') as unknown,
    });
  });
});

describe('Throttle', () => {
  it('halves what is in flight after three refusals in a row, once for all that were under way', () => {
    const throttle = new Throttle(64);
    expect(throttle.refused(0, null, 1)).toBe(false);
    expect(throttle.refused(0, null, 2)).toBe(false);
    expect(throttle.refused(0, null, 3)).toBe(true);
    for (let at = 4; at < 60; at++) expect(throttle.refused(0, null, at)).toBe(false);
    expect(throttle.allowed).toBe(32);
    expect(throttle.pausedFor(3)).toBe(500);
    expect(throttle.refused(600, 2_000, 700)).toBe(true);
    expect(throttle.allowed).toBe(16);
    expect(throttle.pausedFor(700)).toBe(2_000);
  });

  it('takes no notice of refusals between answers', () => {
    const throttle = new Throttle(64);
    for (let at = 0; at < 100; at++) {
      expect(throttle.refused(at, null, at)).toBe(false);
      throttle.succeeded();
    }
    expect(throttle.allowed).toBe(64);
  });

  it('comes back by one for each round of answers', () => {
    const throttle = new Throttle(8);
    for (let at = 0; at < 3; at++) throttle.refused(0, null, 0);
    expect(throttle.allowed).toBe(4);
    for (let answer = 0; answer < 5; answer++) throttle.succeeded();
    expect(throttle.allowed).toBe(5);
    for (let answer = 0; answer < 100; answer++) throttle.succeeded();
    expect(throttle.allowed).toBe(8);
  });
});
