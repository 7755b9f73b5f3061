import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as soon } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  diagnoseSandbox,
  openSandbox,
  rememberVerdicts,
  type OpenSandboxOptions,
  type Sandbox,
  type SandboxJob,
  type Verdict,
} from '../../src/sandbox/index.js';
import { fixture } from '../support/fixtures.js';
import { descendants, isAlive } from '../support/processes.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'evosift-sandbox-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isRoot = process.getuid?.() === 0;
const [TRUE, FALSE, TIMEOUT]: Verdict[] = [
  { verdict: 'true', detail: null },
  { verdict: 'false', detail: null },
  { verdict: 'timeout', detail: null },
];
const error = (detail: string): Verdict => ({ verdict: 'error', detail });
const missing = (detail: string): Verdict => ({ verdict: 'missing_module', detail });
const killed = (detail: string): Verdict => ({ verdict: 'killed', detail });

const opened: Sandbox[] = [];
const open = async (options: OpenSandboxOptions): Promise<Sandbox> => {
  const sandbox = await openSandbox(options);
  opened.push(sandbox);
  return sandbox;
};
afterEach(async () => {
  for (const sandbox of opened.splice(0)) await sandbox[Symbol.asyncDispose]();
});

interface Row {
  readonly eval_func: readonly (readonly [code: string, accuracy: number])[];
  readonly cases: readonly (readonly [input: string, output: boolean])[];
}

/** Functions that a model wrote, their cases, and the share of the cases that they agree with. */
const functions = readFileSync(fixture('autoif/back_trans.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((text) => JSON.parse(text) as Row)
  .flatMap(({ eval_func, cases }) => eval_func.map(([code, accuracy]) => ({ code, accuracy, cases })));

const returning = (expression: string): string => `import re\ndef evaluate(response):\n    return ${expression}\n`;
const RAISE = 'def evaluate(response):\n    raise';
const LENGTH = returning('len(response) > 2');
const ENDLESS = 'def evaluate(response):\n    while True: pass\n';

describe('verdicts', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ caseTimeout: 5 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  it.each<[string, string, Verdict | undefined]>([
    ['True', returning('True'), TRUE],
    ['False', returning('False'), FALSE],
    ['1', returning('1'), TRUE],
    ['0.0', returning('0.0'), FALSE],
    ['None', returning('None'), error('returned NoneType, not a boolean')],
    ['a match', returning("re.match('.', response)"), error('returned Match, not a boolean')],
    ['"True"', returning("'True'"), error('returned str, not a boolean')],
    ['an empty list', returning('[]'), error('returned list, not a boolean')],
    ['2', returning('2'), error('returned int, not a boolean')],
    ['an exception', returning('1 / 0'), error('ZeroDivisionError: division by zero')],
    ['one without a text', `${RAISE} ValueError\n`, error('ValueError')],
    [
      'a name that is not there',
      returning('count_syllables(response)'),
      error("NameError: name 'count_syllables' is not defined"),
    ],
    [
      'no such argument',
      'def evaluate(): return True',
      error('TypeError: evaluate() takes 0 positional arguments but 1 was given'),
    ],
    ['input from nobody', returning("input() == ''"), error('EOFError: EOF when reading a line')],
    ['no function', 'def check(response): return True', error('NameError: no function `evaluate` is defined')],
    ['something else of its name', 'evaluate = True', error('NameError: no function `evaluate` is defined')],
    ['no Python', 'Here is the function:', error('SyntaxError: invalid syntax (<verifier>, line 1)')],
    [
      'bad indentation',
      'def evaluate(r):\nreturn True',
      error('IndentationError: expected an indented block after function definition on line 1 (<verifier>, line 2)'),
    ],
    ['a module that is missing', 'import textstat\ndef evaluate(r): return True', missing('textstat')],
    [
      'one missing from a package',
      'def evaluate(r):\n    import email.nothing\n    return True',
      missing('email.nothing'),
    ],
    [
      'a name missing from a module',
      'from re import nothing\n',
      error("ImportError: cannot import name 'nothing' from 're' (/usr/lib/python3.11/re/__init__.py)"),
    ],
    ['an exit while it is defined', 'import os\nos._exit(3)', killed('exit 3')],
    ['an empty text', '', error('NameError: no function `evaluate` is defined')],
  ])('of a function that gives %s', async (_, code, verdict) => {
    const [given] = await sandbox.run({ code, inputs: ['response'] });
    // Versions of Python word some of them differently.
    const [kind = '', detail = ''] = [verdict?.verdict, verdict?.detail?.split(/[:(]/)[0] ?? ''];
    expect(given?.verdict).toBe(kind);
    if (kind === 'true' || kind === 'false') expect(given?.detail).toBeNull();
    else expect(given?.detail?.startsWith(detail)).toBe(true);
  });

  it('come one per input and in order', async () => {
    const inputs = Array.from({ length: 500 }, (_, i) => 'x'.repeat(i % 5));
    expect(await sandbox.run({ code: LENGTH, inputs })).toEqual(
      inputs.map(({ length }) => (length > 2 ? TRUE : FALSE)),
    );
    expect(await sandbox.run({ code: LENGTH, inputs: [] })).toEqual([]);
  });

  it.each([
    ['an emoji 🎲'],
    ['line\nends\r\n\u2028'],
    ['nul \0 and bell \x07'],
    ['a lone surrogate \ud800'],
    ['x'.repeat(3_000_000)],
  ])('are about the very text that was given (%#)', async (input) => {
    const units = Array.from(input).length;
    const last = input.codePointAt(input.length - 1) ?? 0;
    const code = returning(
      `len(response) == ${units} and ord(response[-1]) in (${last}, ${input.codePointAt(input.length - 2) ?? 0})`,
    );
    expect(await sandbox.run({ code, inputs: [input] })).toEqual([TRUE]);
  });

  it('are about functions that stand in a module of their own, and not in a program', async () => {
    const code = `
from __future__ import annotations
import dataclasses, typing
@dataclasses.dataclass
class Found:
    words: typing.ClassVar[int] = 0
if __name__ == '__main__':
    raise SystemExit('run as a program')
def evaluate(response):
    return typing.get_type_hints(Found) == {'words': typing.ClassVar[int]}
`;
    expect(await sandbox.run({ code, inputs: [''] })).toEqual([TRUE]);
  });

  const judge = async (runner: Sandbox): Promise<number> => {
    const judged = functions.map(async ({ code, cases, accuracy }) => {
      const verdicts = await runner.run({ code, inputs: cases.map(([input]) => input) });
      const agreeing = verdicts.filter(({ verdict }, place) => verdict === String(cases[place]?.[1])).length;
      expect(agreeing / cases.length).toBe(accuracy);
      return verdicts.length;
    });
    return (await Promise.all(judged)).reduce((sum, count) => sum + count, 0);
  };

  it('of real functions agree with those that their authors recorded', async () => {
    expect(functions).toHaveLength(22);
    expect(await judge(sandbox)).toBe(305);
  });

  it('come at 500 a second and more from two processes', async () => {
    const two = await open({ processes: 2 });
    await judge(two);
    const start = performance.now();
    let count = 0;
    for (let round = 0; round < 5; round++) count += await judge(two);
    expect((1000 * count) / (performance.now() - start)).toBeGreaterThan(500);
  });

  it('are the same in every process: hashes, random numbers, time zone, language', async () => {
    const tells = `
import locale, os, random, sys, time
def evaluate(response):
    random.shuffle(numbers := list(range(20)))
    raise ValueError(repr((hash('text'), numbers, random.random(), time.tzname, list({'a', 'b', 'c', 'd'}), locale.getpreferredencoding(), os.getcwd())))
`;
    const other = await open({});
    const [first, second] = await sandbox.run({ code: tells, inputs: ['a', 'b'] });
    expect(second).toEqual(first);
    expect(await other.run({ code: tells, inputs: ['c'] })).toEqual([first]);
    expect(first?.detail).toMatch(/'UTC'/);
  });
});

it('an idle sandbox does not keep its process from ending', () => {
  const index = pathToFileURL(resolve(import.meta.dirname, '../../dist/index.js')).href;
  const script = `import { openSandbox } from '${index}';
    const sandbox = await openSandbox({});
    const [verdict] = await sandbox.run({ code: 'def evaluate(response): return True', inputs: ['a'] });
    console.log(verdict.verdict);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect([status, stdout]).toEqual([0, 'true\n']);
});

describe('limits', () => {
  it('of time: cases that hang here and there leave the others their verdicts', async () => {
    const sandbox = await open({ caseTimeout: 0.5, processes: 1 });
    const code = "def evaluate(response):\n    while response == 'hang':\n        pass\n    return True";
    const inputs = ['hang', 'a', 'hang', 'b', 'hang', 'c'];
    expect(await sandbox.run({ code, inputs })).toEqual([TIMEOUT, TRUE, TIMEOUT, TRUE, TIMEOUT, TRUE]);
  });

  it('of time: a case that hangs is a timeout, and the cases after it are tried', async () => {
    const sandbox = await open({ caseTimeout: 0.5 });
    const code = "import time\ndef evaluate(response):\n    if response == 'hang': time.sleep(60)\n    return True\n";
    expect(await sandbox.run({ code, inputs: ['a', 'hang', 'b', 'c'] })).toEqual([TRUE, TIMEOUT, TRUE, TRUE]);
  });

  it('of time: after two cases that hang the rest is not tried', async () => {
    const sandbox = await open({ caseTimeout: 0.5 });
    const start = performance.now();
    const verdicts = await sandbox.run({ code: ENDLESS, inputs: Array.from({ length: 100 }, String) });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['timeout']));
    expect(verdicts).toHaveLength(100);
  });

  it('of memory: what fits is given, what does not is an error', async () => {
    const code = returning('len(bytearray(int(response) * 2**20)) > 0');
    const small = await open({ caseMemory: 64 });
    expect(await small.run({ code, inputs: ['32', '128'] })).toEqual([TRUE, error('MemoryError')]);
    const large = await open({ caseMemory: 512 });
    expect(await large.run({ code, inputs: ['32', '128'] })).toEqual([TRUE, TRUE]);
  });

  it.each<[OpenSandboxOptions, string]>([
    [{ caseTimeout: 0 }, 'caseTimeout'],
    [{ caseMemory: 1 }, 'caseMemory'],
    [{ processes: 0 }, 'processes'],
    [{ python: '' }, 'python'],
  ])('that make no sense are refused: %j', async (options, option) => {
    await expect(openSandbox(options)).rejects.toMatchObject({ code: 'bad_argument', option });
  });
});

describe('an environment', () => {
  const environment = join(folder, 'environment');
  beforeAll(() => {
    execFileSync('/usr/bin/python3', ['-m', 'venv', '--without-pip', environment]);
    const [library = ''] = execFileSync(
      join(environment, 'bin/python3'),
      ['-c', 'import site; print(site.getsitepackages()[0])'],
      { encoding: 'utf8' },
    ).split('\n');
    mkdirSync(join(library, 'syllables'));
    const source = join(library, 'syllables/__init__.py');
    writeFileSync(source, 'def count(word):\n    return sum(letter in "aeiou" for letter in word)\n');
    chmodSync(source, 0o666);
  });

  const SYLLABLES = 'import syllables\ndef evaluate(response):\n    return syllables.count(response) == 3\n';

  it('brings its packages, though root alone may enter where it lies', async () => {
    const sandbox = await open({ python: environment });
    expect(await sandbox.run({ code: SYLLABLES, inputs: ['banana', 'kiwi'] })).toEqual([TRUE, FALSE]);
    expect(await (await open({})).run({ code: SYLLABLES, inputs: ['banana'] })).toEqual([missing('syllables')]);
  });

  it('is read-only, whatever its files allow, and alone there of all that lies about it', async () => {
    writeFileSync(join(folder, 'beside'), 'not to be seen', { mode: 0o666 });
    const sandbox = await open({ python: environment });
    const code = `
import os, sys, syllables
def evaluate(response):
    beside = os.listdir(os.path.dirname(sys.prefix))
    try:
        open(syllables.__file__, 'a')
    except OSError as error:
        return beside == ['environment'] and error.errno == 30
`;
    expect(await sandbox.run({ code, inputs: [''] })).toEqual([TRUE]);
  });

  it('has a private folder to write to all the same', async () => {
    const sandbox = await open({ python: environment });
    const code =
      'import tempfile\ndef evaluate(response):\n    with tempfile.NamedTemporaryFile() as file:\n        return file.write(b"text") == 4\n';
    expect(await sandbox.run({ code, inputs: [''] })).toEqual([TRUE]);
  });

  it.each([
    ['is not there', join(folder, 'nothing'), /nothing does not exist/],
    ['has no interpreter', fixture('rows'), /has no bin\/python3/],
  ])('that %s is a bad argument', async (_, python, message) => {
    const failure = openSandbox({ python });
    await expect(failure).rejects.toMatchObject({ code: 'bad_argument', option: 'python' });
    await expect(failure).rejects.toThrow(message);
  });

  it('whose interpreter is broken is a bad argument', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(join(broken, 'bin'), { recursive: true });
    writeFileSync(join(broken, 'bin/python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await expect(openSandbox({ python: broken })).rejects.toThrow(
      /`python` must be an environment .*bin\/python3 does not run/,
    );
  });

  it('runs nothing of its packages outside of the sandbox', async () => {
    const mark = join(folder, 'ran-outside');
    const [library = ''] = execFileSync('find', [environment, '-name', 'site-packages'], { encoding: 'utf8' }).split(
      '\n',
    );
    const hook = join(library, 'hook.pth');
    writeFileSync(
      hook,
      `import os; os.path.exists(${JSON.stringify(folder)}) and open(${JSON.stringify(mark)}, 'w')\n`,
    );
    const sandbox = await open({ python: environment });
    expect(await sandbox.run({ code: SYLLABLES, inputs: ['banana'] })).toEqual([TRUE]);
    rmSync(hook);
    expect(existsSync(mark)).toBe(false);
  });

  it.runIf(isRoot)('that is closed to others is a bad argument of root, which says what to do', async () => {
    chmodSync(environment, 0o700);
    try {
      await expect(openSandbox({ python: environment })).rejects.toThrow(`chmod o+rx ${environment}`);
    } finally {
      chmodSync(environment, 0o755);
    }
  });
});

describe('where there is no sandbox', () => {
  const programs = mkdtempSync(join(tmpdir(), 'evosift-programs-'));
  afterAll(() => rmSync(programs, { recursive: true, force: true }));
  const withBubblewrap = (script: string | null): void => {
    rmSync(join(programs, 'bwrap'), { force: true });
    // Root starts bubblewrap as a user who has to get there.
    if (isRoot) for (let path = programs; path !== '/tmp' && path !== '/'; path = dirname(path)) chmodSync(path, 0o755);
    if (script !== null) writeFileSync(join(programs, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', programs);
  };
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  const TRUST = /or run the code without a sandbox \(`trustCode`\)/;

  it('says that bubblewrap is missing, and how to install it', async () => {
    withBubblewrap(null);
    const failure = openSandbox({});
    await expect(failure).rejects.toMatchObject({ code: 'sandbox_unavailable' });
    await expect(failure).rejects.toThrow(
      /bubblewrap \(bwrap\) is not installed\.\nInstall it with: apt-get install bubblewrap python3/,
    );
    await expect(failure).rejects.toThrow(TRUST);
    expect(await diagnoseSandbox()).toMatchObject({ status: 'optional', mend: 'apt-get install bubblewrap python3' });
  });

  it('says that namespaces are refused, and what allows them', async () => {
    withBubblewrap('echo "bwrap: No permissions to create new namespace" >&2; exit 1');
    const failure = openSandbox({});
    await expect(failure).rejects.toMatchObject({ code: 'sandbox_unavailable' });
    await expect(failure).rejects.toThrow(/No permissions to create new namespace\)\.\nAllow user namespaces.*/);
    await expect(failure).rejects.toThrow(TRUST);
  });

  it('says that this is not Linux', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    await expect(openSandbox({})).rejects.toThrow(/Linux's namespaces, and this is darwin\.\nRun this on Linux/);
    expect(await diagnoseSandbox()).toMatchObject({ status: 'absent', mend: null });
  });

  it('does not run code in a bubblewrap that isolates nothing', async () => {
    withBubblewrap('while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
    await expect(openSandbox({})).rejects.toMatchObject({ code: 'sandbox_unavailable' });
  });

  it('runs it where the code is trusted, with limits and timers, and says so', async () => {
    withBubblewrap(null);
    const warnings: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: (_: object, text: string) => warnings.push(text),
      error: () => {},
    };
    const sandbox = await open({ trustCode: true, caseTimeout: 0.5, caseMemory: 64, logger });
    expect(warnings).toEqual([expect.stringMatching(/without a sandbox/)]);
    expect(await sandbox.run({ code: LENGTH, inputs: ['a', 'abc'] })).toEqual([FALSE, TRUE]);
    expect(await sandbox.run({ code: ENDLESS, inputs: ['a'] })).toEqual([TIMEOUT]);
    expect(await sandbox.run({ code: returning('bytearray(2**28)'), inputs: ['a'] })).toEqual([error('MemoryError')]);
    expect(await sandbox.run({ code: returning("'root' in open('/etc/passwd').read()"), inputs: ['a'] })).toEqual([
      TRUE,
    ]);
  });
});

describe('a process of the sandbox', () => {
  const python = (): number => descendants().find(({ name }) => name === 'python3')?.pid ?? 0;
  const SLOW = 'import time\ndef evaluate(response):\n    time.sleep(0.7)\n    return True\n';

  it('that is killed is replaced, and its function tried again', async () => {
    const sandbox = await open({ caseTimeout: 10, processes: 1 });
    const running = sandbox.run({ code: SLOW, inputs: ['a'] });
    await soon(200);
    const first = python();
    process.kill(first, 'SIGKILL');
    expect(await running).toEqual([TRUE]);
    expect(python()).not.toBe(first);
  });

  it('that is killed twice has verdicts `killed` for its function, and the next one is right', async () => {
    const sandbox = await open({ caseTimeout: 10, processes: 1 });
    const running = sandbox.run({ code: SLOW, inputs: ['a', 'b'] });
    for (let died = 0; died < 2; died++) {
      await soon(400);
      process.kill(python(), 'SIGKILL');
    }
    const lost = killed('the process of the sandbox was killed');
    expect(await running).toEqual([lost, lost]);
    expect(await sandbox.run({ code: LENGTH, inputs: ['abc'] })).toEqual([TRUE]);
  });

  it('that is killed while it waits is replaced', async () => {
    const sandbox = await open({ processes: 1 });
    process.kill(python(), 'SIGKILL');
    await soon(100);
    expect(await sandbox.run({ code: LENGTH, inputs: ['abc'] })).toEqual([TRUE]);
  });

  it('ends with this one, however it ends, and so does the function in it', async () => {
    const script = `
      import { openSandbox } from ${JSON.stringify(resolve(import.meta.dirname, '../../dist/sandbox/index.js'))};
      const sandbox = await openSandbox({ caseTimeout: 600, processes: 2 });
      for (const input of ['a', 'b']) void sandbox.run({ code: ${JSON.stringify(ENDLESS)}, inputs: [input] });
      setTimeout(() => console.log('running'), 700);
    `;
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(node.stdout, 'data');
    const pythons = descendants().filter(({ name }) => name === 'python3');
    expect(pythons).toHaveLength(4);
    node.kill('SIGKILL');
    await once(node, 'exit');
    await vi.waitFor(() => expect(pythons.filter(({ pid }) => isAlive(pid))).toEqual([]), 5000);
  });

  it('is there for as many functions as may run at once', async () => {
    const sandbox = await open({ caseTimeout: 10, processes: 3 });
    const start = performance.now();
    const verdicts = await Promise.all(Array.from({ length: 6 }, () => sandbox.run({ code: SLOW, inputs: ['a'] })));
    expect(verdicts).toEqual(Array.from({ length: 6 }, () => [TRUE]));
    expect(performance.now() - start).toBeLessThan(4 * 700);
    expect(descendants().filter(({ name }) => name === 'python3')).toHaveLength(3);
  });

  it("is in no group that a terminal's Ctrl-C goes to", async () => {
    await open({ processes: 1 });
    const own = /^\d+ \(.*\) \S+ \d+ (\d+) /s.exec(readFileSync('/proc/self/stat', 'utf8'))?.[1];
    const groups = descendants()
      .filter(({ name }) => /^(bwrap|python3)/.test(name))
      .map(({ group }) => group);
    expect(groups).toHaveLength(2);
    expect(groups).not.toContain(Number(own));
  });

  it('is ended by an abort, and what ran is rejected', async () => {
    const controller = new AbortController();
    const sandbox = await open({ caseTimeout: 600, processes: 1, signal: controller.signal });
    const [running, waiting] = [1, 2].map(() => sandbox.run({ code: ENDLESS, inputs: ['a'] }));
    setTimeout(() => controller.abort(), 200);
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await expect(sandbox.run({ code: LENGTH, inputs: ['a'] })).rejects.toMatchObject({ code: 'aborted' });
    await vi.waitFor(() => expect(python()).toBe(0), 5000);
  });

  it('is ended by closing, and what ran is rejected', async () => {
    const sandbox = await openSandbox({ caseTimeout: 600, processes: 1 });
    const running = [1, 2].map(() => sandbox.run({ code: ENDLESS, inputs: ['a'] }));
    const settled = Promise.allSettled(running);
    await soon(100);
    await sandbox[Symbol.asyncDispose]();
    for (const { status } of await settled) expect(status).toBe('rejected');
    await expect(running[0]).rejects.toMatchObject({ code: 'closed' });
    await expect(sandbox.run({ code: LENGTH, inputs: ['a'] })).rejects.toMatchObject({ code: 'closed' });
    expect(python()).toBe(0);
  });
});

describe('verdicts that are remembered', () => {
  /** A sandbox that says what it was asked. */
  const asked = (inner: Sandbox): { readonly jobs: SandboxJob[]; readonly sandbox: Sandbox } => {
    const jobs: SandboxJob[] = [];
    const run = async (job: SandboxJob): Promise<readonly Verdict[]> => {
      jobs.push(job);
      return await inner.run(job);
    };
    const close = (): Promise<void> => inner.close();
    return { jobs, sandbox: { run, close, [Symbol.asyncDispose]: close } };
  };

  it('are not asked for again, a timeout included', async () => {
    const path = join(folder, 'verdicts.jsonl');
    const code =
      "import time\ndef evaluate(response):\n    if response == 'hang': time.sleep(60)\n    return response == 'a'\n";
    const first = asked(await openSandbox({ caseTimeout: 0.5 }));
    await using remembering = await rememberVerdicts(first.sandbox, path);
    expect(await remembering.run({ code, inputs: ['a', 'hang', 'b'] })).toEqual([TRUE, TIMEOUT, FALSE]);
    await remembering[Symbol.asyncDispose]();

    appendFileSync(path, '{"key":"torn');
    const second = asked(await openSandbox({ caseTimeout: 0.5 }));
    await using again = await rememberVerdicts(second.sandbox, path);
    expect(await again.run({ code, inputs: ['hang', 'new', 'a', 'b'] })).toEqual([TIMEOUT, FALSE, TRUE, FALSE]);
    expect(await again.run({ code, inputs: ['new', 'a'] })).toEqual([FALSE, TRUE]);
    expect(await again.run({ code: `${code}#`, inputs: ['a'] })).toEqual([TRUE]);
    expect(second.jobs.map(({ inputs }) => inputs)).toEqual([['new'], ['a']]);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(5);
  });

  it('are asked for once by calls at the same time, and by a call that asks twice', async () => {
    const { jobs, sandbox } = asked(await openSandbox({}));
    await using remembering = await rememberVerdicts(sandbox, join(folder, 'at-once.jsonl'));
    const ask = (...inputs: string[]): Promise<readonly Verdict[]> => remembering.run({ code: LENGTH, inputs });
    expect(await Promise.all([ask('a', 'abc', 'a'), ask('abc'), ask('abcd', 'a')])).toEqual([
      [FALSE, TRUE, FALSE],
      [TRUE],
      [TRUE, FALSE],
    ]);
    expect(jobs.flatMap(({ inputs }) => inputs).toSorted()).toEqual(['a', 'abc', 'abcd']);
  });

  it('are those of functions: that of a process which was killed is asked for again', async () => {
    const path = join(folder, 'lost.jsonl');
    let answers: Verdict[] = [killed('the process of the sandbox was killed'), killed('SIGSEGV')];
    const { jobs, sandbox } = asked({
      run: async () => answers,
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    });
    await using remembering = await rememberVerdicts(sandbox, path);
    expect(await remembering.run({ code: LENGTH, inputs: ['a', 'b'] })).toEqual(answers);
    answers = [TRUE!];
    expect(await remembering.run({ code: LENGTH, inputs: ['a', 'b'] })).toEqual([TRUE, killed('SIGSEGV')]);
    expect(jobs.map(({ inputs }) => inputs)).toEqual([['a', 'b'], ['a']]);
  });

  it('say where their log is damaged', async () => {
    const path = join(folder, 'damaged.jsonl');
    writeFileSync(path, '{"key":"0123456789abcdef","verdict":"maybe","detail":null}\n');
    await expect(rememberVerdicts(await open({}), path)).rejects.toThrow(/damaged\.jsonl line 1 is damaged/);
  });
});

it('is tried by doctor, which says what holds and is healthy without it', async () => {
  const tried = await runCli(['doctor', '--json']);
  const { checks } = JSON.parse(tried.stdout) as { checks: { name: string; status: string; detail: string }[] };
  expect(checks.find(({ name }) => name === 'sandbox')).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(
      /bubblewrap .*Python 3.*refused as they should be: network, files, processes, memory/,
    ),
  });
  const without = await runCli(['doctor'], { env: { PATH: '/nowhere' } });
  expect(without.stdout).toMatch(/optional {2}sandbox .*bubblewrap \(bwrap\) is not installed/);
  expect(without.code).toBe(tried.code);
});
